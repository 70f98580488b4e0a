import { indexOf } from '../../../bootstrap-nodes/index-of.ts'
import { Database } from '../../../src/store/database.ts'
import { Documents } from '../../../src/store/documents.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { ANSWER, inDirectory, makeAnswers, perSecond } from './store.ts'

/** Prints, as JSON, what opening, following and counting a store of so many answers takes. Argument: how many. */
const count = Number(process.argv[2])
const BATCH = 20_000
const rss = (): number => process.memoryUsage.rss() / 2 ** 20

await inDirectory(async directory => {
  let database = await Database.open(directory)
  let documents = await Documents.open(database, makeIdentity().peer)
  for (let from = 0; from < count; from += BATCH) {
    // Chains of other hosts each time: places are not used twice.
    const { answers } = makeAnswers(Math.min(BATCH, count - from))
    await perSecond(answers, async ({ id, parcel }) => {
      const kept = { kind: ANSWER, id, parcel }
      await documents.put(kept, indexOf(kept))
    })
  }
  await database.close()
  globalThis.gc?.()
  const before = rss()
  const opened = performance.now()
  database = await Database.open(directory)
  documents = await Documents.open(database, makeIdentity().peer)
  const openMs = performance.now() - opened
  const counted = documents.count
  const started = performance.now()
  let followed = 0
  let peak = 0
  for await (const item of documents.follow({ untilNow: true }, [], new AbortController().signal)) {
    if (!('caughtUp' in item)) followed++
    if (followed % 1_000 === 0) peak = Math.max(peak, rss())
  }
  const seconds = (performance.now() - started) / 1_000
  await database.close()
  if (counted !== count || followed !== count)
    throw new Error(`${counted} counted, ${followed} followed of ${count}`)
  console.log(JSON.stringify({ openMs, perSecond: followed / seconds, grownMB: peak - before }))
})
