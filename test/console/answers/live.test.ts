import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { followLive } from '../../../console/answers/live.ts'
import type { Connected } from '../../../console/connect.ts'
import { decodeEnvelope, documentId } from '../../../src/documents/envelope.ts'
import type { FeedItem, Parcel, SyncClient } from '../../../src/mesh/sync/ports.ts'
import { knownHost, question, TestCase } from '../../support/case.ts'
import { makeTestMesh, type TestAgent, type TestMesh, testClock } from '../../support/mesh.ts'

let mesh: TestMesh
let agents: TestAgent[]
before(async () => {
  mesh = await makeTestMesh()
  agents = await Promise.all(Array.from({ length: 3 }, () => mesh.enrol()))
})

const item = ({ envelope, body }: Parcel): FeedItem => ({
  cursor: { node: 'n', incarnation: 'i', sequence: 1 },
  kind: 'gumshoe/answer/1',
  id: documentId(decodeEnvelope(envelope).bytes),
  parcel: body === undefined ? { envelope } : { envelope, body },
  live: true
})

/** A node whose feed gives these, and then waits or breaks off. */
const node = (parcels: readonly Parcel[], breaks = false): SyncClient =>
  ({
    follow: async function* (_filter: unknown, _cursors: unknown, signal: AbortSignal) {
      for (const parcel of parcels) yield item(parcel)
      if (breaks) throw new Error('connection lost')
      await new Promise<void>(done => signal.addEventListener('abort', () => done(), { once: true }))
    }
  }) as unknown as SyncClient

const connectedTo = (...nodes: SyncClient[]) => {
  const later: ((node: SyncClient) => void)[] = []
  const directly: ((parcel: Parcel) => void)[] = []
  const connected = {
    nodes: async () => nodes,
    onNode: (take: (node: SyncClient) => void) => {
      later.push(take)
      return () => undefined
    },
    onAnswer: (take: (parcel: Parcel) => void) => {
      directly.push(take)
      return () => undefined
    },
    context: { clock: testClock }
  } as unknown as Connected
  return {
    connected,
    come: (one: SyncClient) => {
      for (const take of later) take(one)
    },
    give: (parcel: Parcel) => {
      for (const take of directly) take(parcel)
    }
  }
}

const asked = () => new TestCase(mesh, question({ path: ['/etc'] }, 'all'))
const hosts = (...connected: boolean[]) =>
  connected.map((is, i) =>
    knownHost(`h${i}`, { peer: agents[i]!.identity.peer, tags: ['role=web'] }, { connected: is })
  )
const options = (waitMs = 20_000, signal = new AbortController().signal) => ({ waitMs, signal, quiet: true })

test('it ends when everyone who is there has answered, without waiting for those who are away', async () => {
  const one = asked()
  const open = await one.open(hosts(true, true, false), [])
  const { connected } = connectedTo(node(one.answer(agents[0]!)), node(one.answer(agents[1]!)))
  assert.equal(await followLive(connected, open, options()), false)
  assert.equal(open.file.answers().length, 2)
})

test('an answer that both nodes have counts once', async () => {
  const one = asked()
  const open = await one.open(hosts(true), [])
  const parcels = one.answer(agents[0]!)
  const { connected } = connectedTo(node(parcels), node(parcels))
  await followLive(connected, open, options())
  assert.deepEqual([open.file.answers().length, open.file.discarded.length], [1, 0])
})

test('a node that breaks off is replaced by one that comes, and by what agents give directly', async () => {
  const one = asked()
  const open = await one.open(hosts(true, true, true), [])
  const [first, second, third] = agents.map(agent => one.answer(agent))
  const { connected, come, give } = connectedTo(node(first!, true))
  const followed = followLive(connected, open, options())
  await new Promise(setImmediate)
  come(node(second!))
  for (const parcel of third!) give(parcel)
  assert.equal(await followed, false)
  assert.equal(open.file.answers().length, 3)
})

test('the wait ends it for those who say nothing, ^C leaves the question running', async () => {
  const one = asked()
  const open = await one.open(hosts(true), [])
  const { connected } = connectedTo(node([]))
  assert.equal(await followLive(connected, open, options(20)), false)
  const left = new AbortController()
  const followed = followLive(connected, open, options(20_000, left.signal))
  left.abort()
  assert.equal(await followed, true)
  assert.equal(await followLive(connected, open, options(20_000, left.signal)), true, 'also before it begins')
})
