import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { encodeCbor } from '../../../src/codec.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { LIMITS } from '../../../src/limits.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import {
  agentCard,
  consoleCard,
  judgeCard,
  judgeCardWhole,
  machineHash,
  makeMembership,
  nodeCard
} from '../../../src/trust/membership.ts'
import { at, DAY, HOUR, makeTestMesh, NOW, type TestAgent, type TestMesh } from '../../support/mesh.ts'

let mesh: TestMesh
let agent: TestAgent
before(async () => {
  mesh = await makeTestMesh()
  agent = await mesh.enrol(['role=web'])
})

const judge = (card: Uint8Array, peer: string, now = NOW, m = mesh) => judgeCard(card, peer, m.chain, now)
const refused = (code: string, card: Uint8Array, peer = agent.identity.peer, now = NOW, m = mesh) =>
  assert.rejects(judge(card, peer, now, m), { code })

test('an agent is known by its grant and its own key; its tags are the grant’s', async () => {
  const { member, grant, membership } = await judgeCardWhole(agent.card, agent.identity.peer, mesh.chain, NOW)
  assert.ok(member.role === 'agent')
  assert.deepEqual([member.tags, member.leaf, member.grantId], [['role=web'], false, agent.grantId])
  assert.equal(grant?.id, agent.grantId)
  assert.deepEqual(grant?.envelope, agent.grant)
  assert.deepEqual(membership, agent.membership)
})

test('a card is of the peer that shows it', async () => {
  const other = makeIdentity()
  await refused('not-a-member', agent.card, other.peer)
})

test('an agent stays a member when its grant can no longer enrol, but does not enrol late', async () => {
  await judge(agent.card, agent.identity.peer, NOW + 30 * DAY)
  const [enrolment, identity] = [makeIdentity(), makeIdentity()]
  const grant = await mesh.signGrant(enrolment)
  const skew = LIMITS.clockSkewMs
  const member = (time: number) => mesh.member(identity, enrolment, grant, [], NOW + time)
  await judge(member(DAY + skew).card, identity.peer)
  await refused('grant-expired', member(DAY + skew + 1).card, identity.peer)
})

test('at other doors than a node’s an agent shows that a node has enrolled it', async () => {
  const bare = agentCard(agent.membership, agent.grant)
  const { peer } = agent.identity
  assert.equal((await judgeCardWhole(bare, peer, mesh.chain, NOW)).member.peer, peer)
  await refused('not-a-member', bare)
  const card = (receipt: Uint8Array) => agentCard(agent.membership, agent.grant, receipt)
  await judge(card(mesh.receipt(agent.membership, mesh.nodes[1])), peer)
  await refused('not-a-member', card(mesh.receipt(agent.grant)))
  await refused('not-a-member', card(mesh.receipt(agent.membership, makeIdentity())))
  const own = await makeTestMesh()
  const host = await own.enrol()
  await own.advance(own.revoked('peers', own.nodes[0]!.peer))
  await refused('not-a-member', host.card, host.identity.peer, NOW, own)
})

test('a membership needs both keys, in their order, over its own bytes', async () => {
  const { bytes, signatures } = decodeEnvelope(agent.membership)
  const { bytes: others } = decodeEnvelope((await mesh.enrol()).membership)
  const [enrolled, own] = signatures as [Uint8Array, Uint8Array]
  const forged = [
    [],
    [own],
    [enrolled],
    [enrolled, enrolled],
    [own, own],
    [own, enrolled],
    [enrolled, own, own],
    [enrolled, new Uint8Array(64)],
    [new Uint8Array(64), own]
  ]
  for (const some of forged)
    await refused('bad-signature', agentCard(encodeEnvelope({ bytes, signatures: some }), agent.grant))
  const altered = agentCard(encodeEnvelope({ bytes: others, signatures }), agent.grant)
  await refused('not-a-member', altered)
})

test('a membership belongs to the mesh and the grant beside it', async () => {
  const [enrolment, identity] = [makeIdentity(), makeIdentity()]
  const grant = await mesh.signGrant(enrolment)
  const fields = { mesh: 'b'.repeat(64), grant: mesh.member(identity, enrolment, grant, []).grantId }
  const host = { peer: identity.peer, machine: new Uint8Array(32), time: NOW }
  const foreign = makeMembership({ ...fields, ...host }, enrolment, identity)
  await refused('wrong-mesh', agentCard(foreign, grant), identity.peer)
  const other = await mesh.enrol(['role=db'])
  await refused('not-a-member', agentCard(agent.membership, other.grant))
})

test('revoked: the peer, the grant', async () => {
  const own = await makeTestMesh()
  const [one, two] = [await own.enrol(), await own.enrol(['role=db'])]
  await own.advance(own.revoked('peers', one.identity.peer))
  await refused('revoked', one.card, one.identity.peer, NOW, own)
  await judge(two.card, two.identity.peer, NOW, own)
  await own.advance(own.revoked('grants', two.grantId))
  await refused('revoked', two.card, two.identity.peer, NOW, own)
})

test('a member of another mesh is a stranger', async () => {
  const other = await makeTestMesh()
  await refused('wrong-mesh', agent.card, agent.identity.peer, NOW, other)
  const [node] = mesh.nodes
  await refused('not-a-member', nodeCard(), node!.peer, NOW, other)
})

test('a bootstrap node is who the charter names, unless revoked', async () => {
  const [node] = mesh.nodes
  assert.deepEqual(await judge(nodeCard(), node!.peer), { role: 'node', peer: node!.peer, name: 'north' })
  await refused('not-a-member', nodeCard())
  const own = await makeTestMesh()
  await own.advance(own.revoked('peers', own.nodes[0]!.peer))
  await refused('revoked', nodeCard(), own.nodes[0]!.peer, NOW, own)
})

test('a console is vouched for by a person, for itself, within its time', async () => {
  const { peer } = makeIdentity()
  const card = consoleCard(await mesh.signVoucher(peer, 'joe'))
  assert.deepEqual(await judge(card, peer), { role: 'console', peer, person: 'joe', until: NOW + 10 * HOUR })
  await refused('not-a-member', card, makeIdentity().peer)
  await refused('voucher-expired', card, peer, NOW + 10 * HOUR + 1)
})

test('what has no form of a card is malformed, and nothing is verified for it', async () => {
  const { peer } = agent.identity
  for (const card of [
    [],
    ['agent'],
    ['agent', agent.membership],
    ['node', 1],
    ['console'],
    ['king'],
    { agent: 1 },
    7
  ])
    await refused('malformed', encodeCbor(card), peer)
  await refused('malformed', encodeCbor(['agent', 'a', 'b']), peer)
  await refused('too-large', new Uint8Array(LIMITS.memberFrameBytes + 1), peer)
  await refused('malformed', new Uint8Array(LIMITS.memberFrameBytes), peer)
})

test('the largest usual card fits its frame', async () => {
  const tags = Array.from({ length: 32 }, (_, i) => `${'k'.repeat(20)}${i}=${'v'.repeat(20)}`)
  const { card, identity } = await mesh.enrol(tags)
  await judge(card, identity.peer)
  assert.ok(card.length < LIMITS.memberFrameBytes)
})

test('a machine has one name in a mesh, and another one elsewhere', () => {
  assert.deepEqual(machineHash(mesh.mesh, 'id'), machineHash(mesh.mesh, 'id'))
  assert.notDeepEqual(machineHash(mesh.mesh, 'id'), machineHash('b'.repeat(64), 'id'))
  assert.notDeepEqual(machineHash(mesh.mesh, 'id'), machineHash(mesh.mesh, 'id2'))
  assert.equal(machineHash(mesh.mesh, 'id').length, 32)
})

test('a grant is named by its bytes, so a membership binds its tags', async () => {
  const enrolment = makeIdentity()
  const grant = await mesh.signGrant(enrolment, { issued: at(0) })
  const own = mesh.member(makeIdentity(), enrolment, grant, [])
  assert.equal(own.grantId, documentId(decodeEnvelope(grant).bytes))
})
