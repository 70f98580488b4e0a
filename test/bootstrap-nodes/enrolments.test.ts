import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { makeMembership } from '../../src/trust/membership.ts'
import { verifyReceipt } from '../../src/trust/verify-machine.ts'
import { testKeeper } from '../support/keeper.ts'
import { DAY, HOUR, makeTestMesh, NOW, type TestMesh } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

/** An enrolment file for so many hosts, and hosts that take it. */
const file = async (hosts: number) => {
  const enrolment = makeIdentity()
  const grant = await mesh.signGrant(enrolment, { hosts })
  return {
    enrolment,
    grant,
    host: () => mesh.member(makeIdentity(), enrolment, grant, ['env=prod', 'role=web'])
  }
}

test('a file is for so many hosts, whoever comes at the same moment, and those stay members', async t => {
  const node = await testKeeper(t, mesh)
  const { host } = await file(3)
  const hosts = Array.from({ length: 5 }, host)
  const results = await Promise.allSettled(hosts.map(node.meet))
  const refused = results.filter(result => result.status === 'rejected')
  assert.equal(refused.length, 2)
  assert.ok(refused.every(({ reason }) => reason.code === 'grant-used-up'))
  const member = hosts[results.findIndex(({ status }) => status === 'fulfilled')]!
  assert.equal((await node.meet(member)).role, 'agent')
})

test('a file enrols nobody after its last moment; who enrolled before stays', async t => {
  const node = await testKeeper(t, mesh)
  const { host } = await file(3)
  const early = host()
  await node.meet(early)
  node.time.now = NOW + DAY + HOUR
  await assert.rejects(node.meet(host()), { code: 'grant-expired' })
  await node.meet(early)
})

test('a host gets the receipt for its own enrolment, and enrols nobody by bringing a membership', async t => {
  const node = await testKeeper(t, mesh)
  const { host } = await file(3)
  const [met, stranger] = [host(), host()]
  await node.meet(met)
  const receipt = await node.keeper.put('agent', { envelope: met.membership })
  assert.equal(
    verifyReceipt(receipt, mesh.chain).document.id,
    documentId(decodeEnvelope(met.membership).bytes)
  )
  await assert.rejects(node.keeper.put('agent', { envelope: stranger.membership }), { code: 'not-a-member' })
})

test('one identity from a second machine is a clone, here and from another node', async t => {
  const node = await testKeeper(t, mesh)
  const { host, grant, enrolment } = await file(9)
  const agent = host()
  await node.meet(agent)
  const copy = mesh.member(agent.identity, enrolment, grant, agent.tags)
  await assert.rejects(node.meet(copy), { code: 'cloned' })
  await assert.rejects(node.keeper.put('node', { envelope: copy.membership }), { code: 'cloned' })
})

test('a membership from another node waits for its grant, then counts', async t => {
  const node = await testKeeper(t, mesh)
  const { host, grant } = await file(1)
  const agent = host()
  await assert.rejects(node.keeper.put('node', { envelope: agent.membership }), { code: 'not-found' })
  await node.keeper.put('node', { envelope: grant })
  await node.keeper.put('node', { envelope: agent.membership })
  await node.enrolments.requireMember(agent.identity.peer)
  await assert.rejects(node.meet(host()), { code: 'grant-used-up' })
})

test('what nodes that were apart have let in beyond the number stays, at both; then no more', async t => {
  const [north, south] = [await testKeeper(t, mesh, 0), await testKeeper(t, mesh, 1)]
  const { host, grant } = await file(2)
  const hosts = Array.from({ length: 4 }, host)
  for (const [i, agent] of hosts.entries()) await (i % 2 ? north : south).meet(agent)
  for (const node of [north, south]) {
    await node.keeper.put('node', { envelope: grant })
    for (const { membership } of hosts) await node.keeper.put('node', { envelope: membership })
    for (const agent of hosts) assert.equal((await node.meet(agent)).role, 'agent')
    await assert.rejects(node.meet(host()), { code: 'grant-used-up' })
  }
})

test('a membership that its grant did not sign is refused from a node too', async t => {
  const node = await testKeeper(t, mesh)
  const { grant, host } = await file(5)
  const { grantId } = host()
  const own = makeIdentity()
  const fields = { mesh: mesh.mesh, grant: grantId, peer: own.peer, machine: new Uint8Array(32), time: NOW }
  const forged = makeMembership(fields, makeIdentity(), own)
  await node.keeper.put('node', { envelope: grant })
  await assert.rejects(node.keeper.put('node', { envelope: forged }), { code: 'bad-signature' })
})

test('what an agent enrolled with is there for the other nodes', async t => {
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  await node.meet(agent)
  const kinds: string[] = []
  for await (const item of node.documents.follow({ untilNow: true }, [], new AbortController().signal))
    if ('kind' in item) kinds.push(item.kind)
  assert.deepEqual(kinds, ['gumshoe/grant/1', 'gumshoe/membership/1'])
})
