import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Attachments } from '../../bootstrap-nodes/attachments.ts'
import { Enrolments } from '../../bootstrap-nodes/enrolments.ts'
import { HubJudge } from '../../bootstrap-nodes/gossip-judge.ts'
import { Keeper } from '../../bootstrap-nodes/keeper.ts'
import { OpenActions } from '../../bootstrap-nodes/open-actions.ts'
import { PersonQuota } from '../../bootstrap-nodes/person-quota.ts'
import { bootstrapPort } from '../../bootstrap-nodes/port.ts'
import type { Clock } from '../../src/clock.ts'
import type { Caller } from '../../src/mesh/sync/ports.ts'
import { AttachmentShelf } from '../../src/store/attachments.ts'
import { Database } from '../../src/store/database.ts'
import { Documents } from '../../src/store/documents.ts'
import { Watermark } from '../../src/store/watermark.ts'
import { CharterChain } from '../../src/trust/charter-chain.ts'
import { Seen } from '../../src/trust/seen.ts'
import { testDirectory } from './directory.ts'
import { NOW, type TestAgent, type TestMesh, testClock } from './mesh.ts'

/** All of a bootstrap node but its connections: what it keeps, tells and serves. */
export const testKeeper = async (t: Pick<TestContext, 'after'>, mesh: TestMesh, which = 0) => {
  const directory = testDirectory()
  const time = { now: NOW, free: Number.MAX_SAFE_INTEGER, monotonic: 0 }
  const clock: Clock = { ...testClock, now: () => time.now, monotonic: () => time.monotonic }
  const chain = await CharterChain.open(mesh.chain.envelopes(), NOW)
  const database = await Database.open(join(directory, 'db'))
  t.after(() => database.close())
  const identity = mesh.nodes[which]!
  const documents = await Documents.open(database, identity.peer)
  const open = new OpenActions()
  const enrolments = new Enrolments(clock, chain, documents)
  const watermark = new Watermark(directory, clock, () => time.free)
  const shelf = await AttachmentShelf.open(database)
  const attachments = new Attachments({ clock, shelf, watermark })
  const persons = new PersonQuota(clock, chain, attachments)
  const seen = new Seen()
  const announced: { kind: string; envelope: Uint8Array }[] = []
  const charters: Uint8Array[] = []
  const addresses = new Map<string, readonly string[]>()
  const keeper = new Keeper({
    clock,
    chain,
    documents,
    open,
    enrolments,
    persons,
    watermark,
    identity,
    seen,
    charterTaken: async envelope => void charters.push(envelope),
    announce: (kind, envelope) => void announced.push({ kind, envelope }),
    listens: (peer, where) => void addresses.set(peer, where)
  })
  const judge = new HubJudge({ clock, chain, documents, keeper, open, seen })
  const port = bootstrapPort({
    clock,
    chain,
    documents,
    open,
    keeper,
    attachments,
    neighbours: () => [],
    present: () => []
  })
  /** Lets an agent in at the door, as its first connection does. */
  const meet = (agent: TestAgent) => enrolments.judge(agent.card, agent.identity.peer)
  return {
    directory,
    time,
    clock,
    chain,
    database,
    documents,
    open,
    enrolments,
    persons,
    watermark,
    shelf,
    attachments,
    seen,
    announced,
    charters,
    addresses,
    keeper,
    judge,
    port,
    identity,
    meet
  }
}
export type TestKeeper = Awaited<ReturnType<typeof testKeeper>>

export const asAgent = ({ identity, grantId, tags }: TestAgent): Caller => ({
  role: 'agent',
  peer: identity.peer,
  grantId,
  tags,
  leaf: false,
  membership: {} as never
})

export const asConsole = (person: string, peer = 'console'): Caller => ({
  role: 'console',
  peer,
  person,
  until: Number.MAX_SAFE_INTEGER
})

export const asNode = (peer: string): Caller => ({ role: 'node', peer, name: 'other' })
