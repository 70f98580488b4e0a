import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { FeedItem } from '../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { idOf, makeAnswer, makeDropped, makeKeywrap } from '../support/answers.ts'
import { asAgent, asConsole, asNode, type TestKeeper, testKeeper } from '../support/keeper.ts'
import { HOUR, makeTestMesh, type TestMesh } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const put = async (node: TestKeeper, role: 'agent' | 'console', envelope: Uint8Array) => {
  await node.keeper.put(role, { envelope })
  return idOf(envelope)
}

const feed = async (node: TestKeeper, caller: Parameters<TestKeeper['port']['follow']>[0]) => {
  const kinds: string[] = []
  const signal = new AbortController().signal
  for await (const item of node.port.follow(caller, { untilNow: true }, [], signal))
    if (!('caughtUp' in item)) kinds.push((item as FeedItem).kind)
  return kinds
}

test('a put is answered by a receipt or by the code of the refusal', async t => {
  const node = await testKeeper(t, mesh)
  const good = await mesh.signAction({}, 'joe')
  const bad = await mesh.signAction({ disclosure: 'clear' }, 'joe')
  assert.ok('receipt' in (await node.port.put(asConsole('joe'), { envelope: good.raw })))
  const reply = await node.port.put(asConsole('joe'), { envelope: bad.raw })
  assert.equal('refused' in reply && reply.refused, 'quorum')
})

test('an agent gets open actions of its own topics by id, the headers of its own chain, and nothing else', async t => {
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol(['role=web'])
  await node.meet(agent)
  const own = await put(node, 'console', (await mesh.signAction({ target: 'role=web' }, 'joe')).raw)
  const other = await put(node, 'console', (await mesh.signAction({ target: 'role=db' }, 'joe')).raw)
  const answer = makeAnswer(mesh, agent.identity, own)
  await node.keeper.put('agent', answer.parcel)
  const caller = asAgent(agent)
  assert.deepEqual(
    (await node.port.open(caller, ['role=db'], [])).missing,
    [own],
    'its word on topics counts for nothing'
  )
  assert.deepEqual((await node.port.open(caller, [], [own])).missing, [])
  assert.ok(await node.port.want(caller, own))
  // After a restored snapshot it believes only what it signed itself; the body stays for the readers.
  assert.deepEqual(await node.port.want(caller, answer.id), { envelope: answer.parcel.envelope })
  for (const id of [other, agent.grantId, 'ff'.repeat(32)])
    assert.equal(await node.port.want(caller, id), undefined, id)
  const neighbour = await mesh.enrol(['role=web'])
  await node.meet(neighbour)
  assert.equal(await node.port.want(asAgent(neighbour), answer.id), undefined, 'the chain of another')
  await assert.rejects(feed(node, caller), { code: 'policy' })
})

test('a console reads everything but keywraps of others; a node reads all', async t => {
  const node = await testKeeper(t, mesh)
  const console = makeIdentity()
  const voucher = await mesh.signVoucher(console.peer, 'joe')
  const readers = ['julien', 'rita'].map(name => mesh.who(name).key.fingerprint)
  const { raw, id } = await mesh.signAction({ readers: [...readers].sort() }, 'joe')
  await node.keeper.put('console', { envelope: raw })
  const wraps = readers.map(reader => makeKeywrap(mesh, console, voucher, id, reader))
  for (const { parcel } of wraps) await node.keeper.put('console', parcel)
  const count = (kinds: string[]) => kinds.filter(kind => kind === 'gumshoe/keywrap/1').length
  assert.equal(count(await feed(node, asConsole('julien'))), 1)
  assert.equal(count(await feed(node, asConsole('joe'))), 0)
  assert.equal(count(await feed(node, asNode('other'))), 2)
  assert.ok(await node.port.want(asConsole('rita'), wraps[1]!.id))
  assert.equal(await node.port.want(asConsole('rita'), wraps[0]!.id), undefined)
  assert.ok(await node.port.want(asNode('other'), wraps[0]!.id))
})

test('the head of a chain is its last place, answered or dropped, with the actions that were answered', async t => {
  const node = await testKeeper(t, mesh)
  const [agent, other] = [await mesh.enrol(), await mesh.enrol()]
  await node.meet(agent)
  await node.meet(other)
  assert.equal(await node.port.head(asAgent(agent)), undefined)
  assert.equal(await node.port.head(asConsole('joe')), undefined)
  const [a, b] = [await mesh.signAction({}, 'joe'), await mesh.signAction({}, 'joe')]
  for (const { raw } of [a, b]) await node.keeper.put('console', { envelope: raw })
  const first = makeAnswer(mesh, agent.identity, a.id, { seq: 1 })
  const tenth = makeAnswer(mesh, agent.identity, b.id, { seq: 10 })
  for (const { parcel } of [tenth, first]) await node.keeper.put('agent', parcel)
  await node.keeper.put('agent', makeAnswer(mesh, other.identity, b.id, { seq: 99 }).parcel)
  const head = await node.port.head(asAgent(agent))
  assert.equal(head!.seq, 10)
  assert.equal(head!.id, tenth.id)
  assert.deepEqual([...head!.actions].sort(), [a.id, b.id].sort())
  const dropped = makeDropped(mesh, agent.identity, b.id, 11)
  await node.keeper.put('agent', dropped.parcel)
  assert.equal((await node.port.head(asAgent(agent)))!.id, dropped.id)
})

test('charters come in order, above a version, as many as fit a frame', async t => {
  const own = await makeTestMesh()
  for (let i = 0; i < 3; i++) await own.advance({ name: `next-${i}` })
  const node = await testKeeper(t, own)
  assert.deepEqual(await node.port.charters(asAgent(await own.enrol()), 1), own.chain.envelopes(1))
  assert.deepEqual(node.port.hello(), { charterVersion: 4, charterId: own.chain.current.id })
  const large = new Uint8Array(400 * 1_024)
  const { envelopes } = node.chain
  node.chain.envelopes = () => [large, large, large]
  assert.equal((await node.port.charters(asConsole('joe'), 0)).length, 2)
  node.chain.envelopes = envelopes
})

test('an action whose window is over is handed to no agent', async t => {
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  const { raw } = await mesh.signAction({}, 'joe')
  await node.keeper.put('console', { envelope: raw })
  node.time.now += 2 * HOUR
  assert.deepEqual((await node.port.open(asAgent(agent), [], [])).missing, [])
})
