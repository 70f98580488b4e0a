import { readFileSync } from 'node:fs'
import { keepMemoryFlat } from '../../../bootstrap-nodes/flat-memory.ts'
import { systemClock } from '../../../src/clock.ts'
import { Database } from '../../../src/store/database.ts'
import { Documents } from '../../../src/store/documents.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'

/** Prints, as JSON, what opening, following and counting a store takes. Arguments: its directory, how many answers it has. */
const [directory, count] = [process.argv[2]!, Number(process.argv[3])]

/** MB that the process has for itself, and of files: LevelDB maps its tables, which the kernel takes back when it needs room. */
const memory = (): { own: number; files: number } => {
  const status = readFileSync('/proc/self/status', 'latin1')
  const of = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)![1]) / 1_024
  return { own: of('RssAnon'), files: of('RssFile') }
}

// As a node does it.
await keepMemoryFlat(systemClock)
globalThis.gc?.()
const before = memory()
const opened = performance.now()
const database = await Database.open(directory)
const documents = await Documents.open(database, makeIdentity().peer)
const openMs = performance.now() - opened
const counted = documents.count
const started = performance.now()
let followed = 0
const peak = { ...before }
for await (const item of documents.follow({ untilNow: true }, [], new AbortController().signal)) {
  if (!('caughtUp' in item)) followed++
  if (followed % 1_000 !== 0) continue
  const now = memory()
  peak.own = Math.max(peak.own, now.own)
  peak.files = Math.max(peak.files, now.files)
}
const seconds = (performance.now() - started) / 1_000
await database.close()
if (counted !== count || followed !== count)
  throw new Error(`${counted} counted, ${followed} followed of ${count}`)
const grown = { grownMB: peak.own - before.own, mappedMB: peak.files - before.files }
console.log(JSON.stringify({ openMs, perSecond: followed / seconds, ...grown }))
