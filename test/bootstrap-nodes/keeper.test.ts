import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { LIMITS } from '../../src/limits.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { verifyReceipt } from '../../src/trust/verify-machine.ts'
import { makeAnswer, makeDropped, makeKeywrap, makePresence } from '../support/answers.ts'
import { testKeeper } from '../support/keeper.ts'
import {
  at,
  DAY,
  HOUR,
  makePerson,
  makeTestMesh,
  NOW,
  SECOND,
  signedBy,
  type TestMesh
} from '../support/mesh.ts'
import { standingMesh, watchEtc } from '../support/standing.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

/** Keeps a junior's question. */
const asked = async (node: Awaited<ReturnType<typeof testKeeper>>, change = {}) => {
  const action = await mesh.signAction(change, 'joe')
  await node.keeper.put('console', { envelope: action.raw })
  return action.id
}

test('an action is verified, kept, announced, and acknowledged by a receipt that verifies', async t => {
  const node = await testKeeper(t, mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  const receipt = await node.keeper.put('console', { envelope: raw })
  assert.equal(verifyReceipt(receipt, mesh.chain).document.id, id)
  assert.deepEqual((await node.documents.get(id))!.parcel.envelope, raw)
  assert.deepEqual(node.announced, [{ kind: 'gumshoe/action/1', envelope: raw }])
  assert.deepEqual(node.open.compare([], [], NOW).missing, [id])
  await node.keeper.put('console', { envelope: raw })
  assert.equal(node.announced.length, 1, 'once')
})

test('below quorum nothing is kept and nobody hears of it', async t => {
  const node = await testKeeper(t, mesh)
  const { raw, id } = await mesh.signAction({ disclosure: 'clear' }, 'joe')
  await assert.rejects(node.keeper.put('console', { envelope: raw }), { code: 'quorum' })
  assert.equal(await node.documents.has(id), false)
  assert.deepEqual(node.announced, [])
  assert.equal(node.documents.count, 0)
})

test('a stranger’s action and an altered one are refused with their codes', async t => {
  const node = await testKeeper(t, mesh)
  const stranger = await makePerson('mallory')
  const { raw } = await mesh.signAction({}, 'joe')
  const { bytes, signatures } = decodeEnvelope(raw)
  const bySomebody = await signedBy(bytes, stranger)
  await assert.rejects(node.keeper.put('console', { envelope: bySomebody }), { code: 'unknown-signer' })
  const changed = encodeEnvelope({
    bytes: new TextEncoder().encode(new TextDecoder().decode(bytes).replace('"all"', '"env"')),
    signatures
  })
  await assert.rejects(node.keeper.put('console', { envelope: changed }))
  assert.equal(node.documents.count, 0)
})

test('signatures that a kept action lacks are added, one a person, and told', async t => {
  const node = await testKeeper(t, mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  await node.keeper.put('console', { envelope: raw })
  const { bytes } = decodeEnvelope(raw)
  await node.keeper.put('console', { envelope: await signedBy(bytes, mesh.who('sonia')) })
  const kept = decodeEnvelope((await node.documents.get(id))!.parcel.envelope)
  assert.equal(kept.signatures.length, 2)
  assert.equal(node.announced.length, 2)
  await node.keeper.put('console', { envelope: await signedBy(bytes, mesh.who('sonia'), mesh.who('joe')) })
  assert.equal(decodeEnvelope((await node.documents.get(id))!.parcel.envelope).signatures.length, 2)
  assert.equal(node.announced.length, 2)
})

test('an expired action is refused from a console; from a node or a host it is kept as it was judged then, and not announced', async t => {
  const node = await testKeeper(t, mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  node.time.now = NOW + 2 * DAY
  await assert.rejects(node.keeper.put('console', { envelope: raw }), { code: 'expired' })
  for (const role of ['agent', 'node'] as const) {
    await node.keeper.put(role, { envelope: raw })
    assert.ok(await node.documents.has(id))
    await node.documents.forget(id)
    node.seen.forget(id)
  }
  assert.deepEqual(node.announced, [])
  assert.deepEqual(node.open.compare([], [], node.time.now).missing, [])
})

test('what is past its retention does not come back from another node', async t => {
  const node = await testKeeper(t, mesh)
  const { raw } = await mesh.signAction({}, 'joe')
  node.time.now = NOW + HOUR + (mesh.charter.policy.retentionDays + 1) * DAY
  await assert.rejects(node.keeper.put('node', { envelope: raw }), { code: 'expired' })
})

test('an old action of somebody who was revoked since is kept from a node, and never an open one', async t => {
  const own = await makeTestMesh()
  const past = await own.signAction({}, 'joe')
  const open = await own.signAction({ expires: at(5 * HOUR) }, 'joe')
  await own.advance(own.revoked('persons', 'joe'))
  const node = await testKeeper(t, own)
  node.time.now = NOW + 2 * HOUR
  await node.keeper.put('node', { envelope: past.raw })
  assert.ok(await node.documents.has(past.id))
  await assert.rejects(node.keeper.put('node', { envelope: open.raw }), { code: 'revoked' })
})

test('an answer is kept for a known action from a member in force only', async t => {
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  const unknown = makeAnswer(mesh, agent.identity, 'ab'.repeat(32))
  await assert.rejects(node.keeper.put('agent', unknown.parcel), { code: 'not-a-member' })
  await node.meet(agent)
  await assert.rejects(node.keeper.put('agent', unknown.parcel), { code: 'not-found' })
  const id = await asked(node)
  const answer = makeAnswer(mesh, agent.identity, id)
  const receipt = await node.keeper.put('agent', answer.parcel)
  assert.equal(verifyReceipt(receipt, mesh.chain).document.id, answer.id)
  assert.deepEqual((await node.documents.get(answer.id))!.parcel, answer.parcel)
  const other = makeAnswer(mesh, agent.identity, id, { op: 'o9', seq: 2 })
  await assert.rejects(node.keeper.put('agent', other.parcel), { code: 'malformed' })
})

test('a header that another key signed, a body that is another, and one without a body are refused', async t => {
  const node = await testKeeper(t, mesh)
  const [agent, victim] = [await mesh.enrol(), await mesh.enrol()]
  await node.meet(agent)
  await node.meet(victim)
  const id = await asked(node)
  const forged = makeAnswer(mesh, agent.identity, id, { agent: victim.identity.peer })
  await assert.rejects(node.keeper.put('agent', forged.parcel), { code: 'bad-signature' })
  const { parcel } = makeAnswer(mesh, agent.identity, id)
  const swapped = { ...parcel, body: new Uint8Array(parcel.body!.length) }
  await assert.rejects(node.keeper.put('agent', swapped), { code: 'bad-signature' })
  await assert.rejects(node.keeper.put('agent', { envelope: parcel.envelope }), { code: 'malformed' })
  assert.equal(node.documents.count, 5, 'two grants, two memberships, one action')
})

test('no agent gets more than its share of an action, whatever it sends at once; another has its own', async t => {
  const node = await testKeeper(t, mesh)
  const [loud, quiet] = [await mesh.enrol(), await mesh.enrol()]
  await node.meet(loud)
  await node.meet(quiet)
  const id = await asked(node)
  const many = Array.from({ length: LIMITS.answersPerAgentAction + 10 }, (_, seq) =>
    makeAnswer(mesh, loud.identity, id, { seq: seq + 1, part: seq })
  )
  const results = await Promise.allSettled(many.map(({ parcel }) => node.keeper.put('agent', parcel)))
  const refused = results.filter(result => result.status === 'rejected')
  assert.equal(refused.length, 10)
  assert.ok(refused.every(({ reason }) => reason.code === 'quota'))
  await node.keeper.put('agent', makeAnswer(mesh, quiet.identity, id).parcel)
  // What was acknowledged is acknowledged again, quota or not.
  const kept = results.findIndex(result => result.status === 'fulfilled')
  await node.keeper.put('agent', many[kept]!.parcel)
})

test('a host has more answers to an action that stands', async t => {
  const own = await standingMesh()
  const node = await testKeeper(t, own)
  const agent = await own.enrol()
  await node.meet(agent)
  const { raw, id } = await own.signAction(watchEtc(), 'julien')
  await node.keeper.put('console', { envelope: raw })
  for (let seq = 1; seq <= LIMITS.answersPerAgentAction + 10; seq++)
    await node.keeper.put('agent', makeAnswer(own, agent.identity, id, { seq, part: seq - 1 }).parcel)
})

test('a share is one of bytes too', async t => {
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  await node.meet(agent)
  const id = await asked(node)
  const body = new Uint8Array(LIMITS.bodyBytes)
  let kept = 0
  for (let seq = 1; seq <= 30; seq++) {
    const { parcel } = makeAnswer(mesh, agent.identity, id, { seq, part: seq - 1 }, body)
    try {
      await node.keeper.put('agent', parcel)
      kept++
    } catch (error) {
      assert.equal((error as { code: string }).code, 'quota')
      break
    }
  }
  assert.equal(kept, Math.floor(LIMITS.answerBytesPerAgentAction / (LIMITS.bodyBytes + 600)))
})

test('answers of a revoked host, or of a revoked grant, are refused', async t => {
  const own = await makeTestMesh()
  const node = await testKeeper(t, own)
  const [first, second] = [await own.enrol(), await own.enrol()]
  await node.meet(first)
  await node.meet(second)
  const { raw, id } = await own.signAction({}, 'joe')
  await node.keeper.put('console', { envelope: raw })
  const next = own.revoked('peers', first.identity.peer)
  next.revoked!.grants.push(second.grantId)
  await node.keeper.put('console', { envelope: await own.nextCharter(next) })
  assert.equal(node.charters.length, 1)
  for (const agent of [first, second])
    await assert.rejects(node.keeper.put('agent', makeAnswer(own, agent.identity, id).parcel), {
      code: 'revoked'
    })
})

test('a presence takes the place of an older one, whatever the order', async t => {
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  await assert.rejects(node.keeper.put('agent', makePresence(mesh, agent, 1).parcel), {
    code: 'not-a-member'
  })
  await node.meet(agent)
  const where = `/ip4/192.0.2.1/tcp/7070/p2p/${agent.identity.peer}`
  const newest = makePresence(mesh, agent, 9, { addresses: [where] })
  await node.keeper.put('agent', newest.parcel)
  await node.keeper.put('agent', makePresence(mesh, agent, 8).parcel)
  assert.deepEqual(await node.documents.latest(`presence/${agent.identity.peer}`), {
    counter: 9,
    id: newest.id
  })
  assert.deepEqual(node.addresses.get(agent.identity.peer), [where], 'an older one says nothing any more')
})

test('a cancel by an investigator is kept, told and listed, in advance too; by anybody else not', async t => {
  const node = await testKeeper(t, mesh)
  const action = 'ab'.repeat(32)
  const cancel = await mesh.signCancel(action, 'joe')
  await node.keeper.put('console', { envelope: cancel })
  assert.deepEqual(node.open.compare([], [], NOW).cancels, [cancel])
  assert.equal(node.announced.length, 1)
  const byReader = await mesh.signCancel(action, 'rita')
  await assert.rejects(node.keeper.put('console', { envelope: byReader }))
  for (let i = 1; i < LIMITS.cancelsPerAction; i++)
    await node.keeper.put('console', { envelope: await mesh.signCancel(action, 'joe') })
  const tooMany = await mesh.signCancel(action, 'joe')
  await assert.rejects(node.keeper.put('console', { envelope: tooMany }), { code: 'quota' })
})

test('a cancelled action is not handed out any more', async t => {
  const node = await testKeeper(t, mesh)
  const id = await asked(node)
  await node.keeper.put('console', { envelope: await mesh.signCancel(id, 'joe') })
  assert.deepEqual(node.open.compare([], [], NOW).missing, [])
})

test('a keywrap is for a reader of a known action', async t => {
  const node = await testKeeper(t, mesh)
  const console = makeIdentity()
  const voucher = await mesh.signVoucher(console.peer, 'joe')
  const reader = mesh.who('julien').key.fingerprint
  const early = makeKeywrap(mesh, console, voucher, 'ab'.repeat(32), reader)
  await assert.rejects(node.keeper.put('console', early.parcel), { code: 'not-found' })
  const id = await asked(node)
  await node.keeper.put('console', makeKeywrap(mesh, console, voucher, id, reader).parcel)
  const forRita = makeKeywrap(mesh, console, voucher, id, mesh.who('rita').key.fingerprint)
  await assert.rejects(node.keeper.put('console', forRita.parcel), { code: 'policy' })
  const forged = makeKeywrap(mesh, makeIdentity(), voucher, id, reader)
  await assert.rejects(node.keeper.put('console', forged.parcel), { code: 'bad-signature' })
})

test('a dropped header is kept in its agent’s chain', async t => {
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  await node.meet(agent)
  const id = await asked(node)
  const dropped = makeDropped(mesh, agent.identity, id, 4)
  await node.keeper.put('agent', dropped.parcel)
  const [found] = await node.documents.about(`chain:${agent.identity.peer}`, 'gumshoe/dropped/1')
  assert.equal(found!.id, dropped.id)
})

test('each role puts only what is its own', async t => {
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  const cancel = await mesh.signCancel('ab'.repeat(32), 'joe')
  await assert.rejects(node.keeper.put('agent', { envelope: cancel }), { code: 'policy' })
  await assert.rejects(node.keeper.put('console', makePresence(mesh, agent, 1).parcel), { code: 'policy' })
  for (const role of ['agent', 'console'] as const)
    await assert.rejects(node.keeper.put(role, { envelope: agent.grant }), { code: 'policy' })
  await assert.rejects(node.keeper.put('console', { envelope: agent.membership }), { code: 'policy' })
  await assert.rejects(node.keeper.put('agent', { envelope: agent.membership }), { code: 'not-a-member' })
  const voucher = await mesh.signVoucher(makeIdentity().peer, 'joe')
  await assert.rejects(node.keeper.put('node', { envelope: voucher }), { code: 'policy' })
  assert.equal(node.documents.count, 0)
})

test('below the watermark new data is refused, and what is kept is acknowledged still', async t => {
  const node = await testKeeper(t, mesh)
  const { raw } = await mesh.signAction({}, 'joe')
  await node.keeper.put('console', { envelope: raw })
  node.time.free = 0
  node.time.monotonic += 5 * SECOND
  const another = await mesh.signAction({}, 'joe')
  await assert.rejects(node.keeper.put('console', { envelope: another.raw }), { code: 'disk-full' })
  await node.keeper.put('console', { envelope: raw })
  node.time.free = 1 << 30
  node.time.monotonic += 5 * SECOND
  await node.keeper.put('console', { envelope: another.raw })
})

test('a disk that fails in the middle of keeping an action leaves it to be put again', async t => {
  const node = await testKeeper(t, mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  const { write } = node.database
  node.database.write = async () => {
    throw new Error('EIO')
  }
  await assert.rejects(node.keeper.put('console', { envelope: raw }))
  assert.deepEqual(node.announced, [])
  node.database.write = write
  await node.keeper.put('console', { envelope: raw })
  assert.ok(await node.documents.has(id))
})

test('a newer charter is taken once, an older one is refused', async t => {
  const own = await makeTestMesh()
  const node = await testKeeper(t, own)
  const next = await own.nextCharter({ name: 'next' })
  await node.keeper.put('agent', { envelope: next })
  await node.keeper.put('console', { envelope: next })
  assert.equal(node.charters.length, 1)
  assert.equal(node.chain.current.charter.version, 2)
  const second = await own.nextCharter({ name: 'another' })
  await assert.rejects(node.keeper.put('console', { envelope: second }), { code: 'charter-stale' })
})
