import assert from 'node:assert/strict'
import { before, beforeEach, type TestContext, test } from 'node:test'
import { Outbox } from '../../agent/outbox.ts'
import type { Clock } from '../../src/clock.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../../src/documents/envelope.ts'
import { kindOf, read } from '../../src/documents/read.ts'
import { write } from '../../src/documents/write.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { Caller, Parcel, PutReply } from '../../src/mesh/sync/ports.ts'
import type { Identity } from '../../src/trust/identity.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { TestMemory, testClient, testReplies } from '../support/agent-parts.ts'
import { eventually } from '../support/members.ts'
import { makeTestMesh, NOW, type TestMesh, testClock } from '../support/mesh.ts'

let mesh: TestMesh
let lonely: TestMesh
before(async () => {
  mesh = await makeTestMesh()
  lonely = await makeTestMesh({ nodes: ['only'] })
})

/** Waits are short, so that retries come while a test looks. */
const hasty: Clock = {
  ...testClock,
  sleep: (ms, signal, idle) => {
    waits.push(ms)
    return testClock.sleep(5, signal, idle)
  }
}
const waits: number[] = []
beforeEach(() => void waits.splice(0))

const receiptFor = (of: TestMesh, node: Identity, envelope: Uint8Array): PutReply => {
  const bytes = write({
    kind: 'gumshoe/receipt/1',
    mesh: of.mesh,
    id: documentId(decodeEnvelope(envelope).bytes),
    node: node.peer,
    time: NOW
  })
  return { receipt: encodeEnvelope({ bytes, signatures: [node.sign('gumshoe/receipt/1', bytes)] }) }
}

type Taker = (parcel: Parcel) => PutReply | Promise<PutReply>

/** An agent with one answer to deliver, and the members that it is connected to; a taker says what a member does with a put. */
const withAnswer = async (t: TestContext, of: TestMesh, operations = 1) => {
  const host = await TestMemory.open(t)
  const { replies, ledger, events } = testReplies(t, of, host)
  const list = Array.from({ length: operations }, (_, i) => ({ id: `o${i}`, module: 'file/1', params: {} }))
  const { raw, id } = await of.signAction({ operations: list }, 'julien')
  const action = read(decodeEnvelope(raw).bytes, 'gumshoe/action/1')
  await host.memory.record({ id, envelope: raw, action, signers: [] }, 'run')
  for (const { id: op } of list)
    await replies.send({ id, action, op, body: { state: 'done', verdict: 'no', rows: [] } })
  const members = new Map<string, { caller: Caller; take: Taker }>()
  const outbox = new Outbox({
    clock: hasty,
    chain: of.chain,
    memory: host.memory,
    ledger,
    log: () => undefined,
    mesh: () => ({
      members: () => [...members.values()].map(({ caller }) => caller),
      client: async peer => testClient(peer, { put: async parcel => members.get(peer)!.take(parcel) })
    })
  })
  t.after(() => outbox.stop())
  return {
    host,
    outbox,
    events,
    raw,
    id,
    node: (identity: Identity, take: Taker = ({ envelope }) => receiptFor(of, identity, envelope)) =>
      members.set(identity.peer, { caller: { role: 'node', peer: identity.peer, name: 'north' }, take }),
    console: (peer: string, take: Taker) =>
      members.set(peer, { caller: { role: 'console', peer, person: 'julien', until: NOW + 1 }, take }),
    gone: (peer: string) => members.delete(peer),
    waiting: () => host.memory.outgoing.marks().length
  }
}

test('an answer leaves with two receipts of different nodes, not with one', async t => {
  const [north, south] = mesh.nodes as [Identity, Identity]
  const { outbox, node, waiting, host, events } = await withAnswer(t, mesh, 3)
  node(north)
  outbox.deliver()
  await eventually('one node has it', () =>
    host.memory.outgoing.marks().every(mark => mark.receipts.length === 1)
  )
  assert.equal(waiting(), 3)
  node(south)
  outbox.deliver()
  await eventually('it is out', () => waiting() === 0)
  const out = () => events().filter(event => event.what === 'delivered')
  await eventually('the ledger says so', () => out().length === 3)
  const delivered = out()
  assert.deepEqual(
    delivered.map(event => event.nodes),
    [2, 2, 2]
  )
})

test('with a single node in the charter its receipt is enough', async t => {
  const { outbox, node, waiting } = await withAnswer(t, lonely)
  node(lonely.nodes[0]!)
  outbox.deliver()
  await eventually('it is out', () => waiting() === 0)
})

test('a put that fails is tried again by itself, until it is out', async t => {
  const { outbox, node, waiting } = await withAnswer(t, lonely)
  const [only] = lonely.nodes as [Identity]
  let tries = 0
  node(only, ({ envelope }) => {
    tries++
    if (tries === 1) throw new GumshoeError('timeout', 'late')
    if (tries === 2) return { refused: 'disk-full', message: 'full' }
    return receiptFor(lonely, only, envelope)
  })
  outbox.deliver()
  await eventually('it is out', () => waiting() === 0)
  assert.equal(tries, 3)
})

test('what waits is delivered after a restart', async t => {
  const { host } = await withAnswer(t, lonely)
  await host.restart()
  assert.equal(host.memory.outgoing.marks().length, 1)
  assert.ok((await host.memory.outgoing.parcel(1))?.body !== undefined)
})

test('a node that lacks the question is given it, as it was signed', async t => {
  const { outbox, node, waiting, raw } = await withAnswer(t, lonely)
  const [only] = lonely.nodes as [Identity]
  const known: Uint8Array[] = []
  node(only, ({ envelope }) => {
    if (kindOf(decodeEnvelope(envelope).bytes) === 'gumshoe/action/1') known.push(envelope)
    else if (known.length === 0) return { refused: 'not-found', message: 'which question?' }
    return receiptFor(lonely, only, envelope)
  })
  outbox.deliver()
  await eventually('it is out', () => waiting() === 0)
  assert.deepEqual(known, [raw])
})

test('a receipt that is another node’s, or for something else, counts for nothing', async t => {
  const [north, south] = mesh.nodes as [Identity, Identity]
  const { outbox, node, host } = await withAnswer(t, mesh)
  let asked = 0
  node(north, ({ envelope }) => {
    asked++
    if (asked === 1) return receiptFor(mesh, south, envelope)
    if (asked === 2) return receiptFor(mesh, makeIdentity(), envelope)
    const { bytes } = decodeEnvelope(envelope)
    return receiptFor(
      mesh,
      north,
      encodeEnvelope({ bytes: bytes.slice(1), signatures: [bytes.slice(0, 64)] })
    )
  })
  outbox.deliver()
  await eventually('it was asked often', () => asked > 4)
  assert.deepEqual(host.memory.outgoing.marks()[0]?.receipts, [])
})

test('a console gets answers only while no node is there, once, and they still wait for the nodes', async t => {
  const [north] = mesh.nodes as [Identity]
  const { outbox, node, console: joins, gone, waiting } = await withAnswer(t, mesh)
  const given: number[] = []
  const peer = makeIdentity().peer
  joins(peer, () => {
    given.push(1)
    return { receipt: new Uint8Array() }
  })
  node(north)
  outbox.deliver()
  await testClock.sleep(60)
  assert.equal(given.length, 0)
  gone(north.peer)
  outbox.deliver()
  await eventually('the console has it', () => given.length === 1)
  outbox.deliver()
  await testClock.sleep(60)
  assert.deepEqual([given.length, waiting()], [1, 1])
  outbox.forget(peer)
  outbox.deliver()
  await eventually('who comes back is given it again', () => given.length === 2)
})

test('chaos disk: a node whose disk takes nothing is asked with one answer at a time, and soon again', async t => {
  const { outbox, node, waiting } = await withAnswer(t, lonely, 16)
  const [only] = lonely.nodes as [Identity]
  let full = true
  let puts = 0
  node(only, async ({ envelope }) => {
    puts++
    // Longer than a retry waits here, as on a machine under load.
    await testClock.sleep(10)
    return full ? { refused: 'disk-full', message: 'full' } : receiptFor(lonely, only, envelope)
  })
  outbox.deliver()
  await eventually('it was asked again and again', () => puts >= 26)
  assert.ok(
    waits.slice(-5).every(ms => ms <= 3_000),
    `${waits}`
  )
  // All at first, then one a retry at most: those that fall into one that is under way are one.
  assert.ok(puts <= 16 + waits.length, `${puts} puts in ${waits.length} retries`)
  full = false
  await eventually('it is out', () => waiting() === 0)
})
