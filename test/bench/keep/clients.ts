import { readFileSync } from 'node:fs'
import { decodeCbor } from '../../../src/codec.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { testMember } from '../../support/members.ts'
import { inTurns, wordsOf } from '../fleet/worker.ts'
import { sealedAnswer } from './answers.ts'

/** The agents of one process: their answers are made before they say `ready`, and put when a line comes; then they say so. */
export interface ClientsFile {
  readonly mesh: string
  readonly action: string
  readonly sealTo: Uint8Array
  readonly seeds: readonly Uint8Array[]
  readonly each: number
  readonly hub: string
}

const file = decodeCbor(new Uint8Array(readFileSync(process.argv[2]!))) as ClientsFile
const hubs = new Map([[file.hub.split('/p2p/')[1]!, [file.hub]]])
const agents: (() => Promise<void>)[] = []
// Sealed before anybody joins: who works that long is silent, and is put out.
const hosts = file.seeds.map(seed => {
  const identity = makeIdentity(seed)
  return { seed, answers: Array.from({ length: file.each }, (_, i) => sealedAnswer(file, identity, i + 1)) }
})
await inTurns(hosts, async ({ seed, answers }) => {
  const member = await testMember({ role: 'agent', seed, listen: [], hubs })
  while (member.members().length === 0) await new Promise(done => setTimeout(done, 20))
  const client = await member.client([...hubs.keys()][0]!)
  agents.push(async () => {
    await inTurns(answers, async ({ parcel }) => {
      const reply = await client.put(parcel)
      if ('refused' in reply) throw new Error(JSON.stringify(reply))
    })
  })
})
await wordsOf(() => true)
process.stdin.once('data', async () => {
  await Promise.all(agents.map(put => put()))
  process.stdout.write('done\n')
  process.exit(0)
})
