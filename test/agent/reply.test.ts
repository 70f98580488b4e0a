import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Reply } from '../../agent/reply.ts'
import { decodeBody, joinBodies } from '../../src/documents/body.ts'
import { viewChain } from '../../src/documents/chain.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { kindOf, read } from '../../src/documents/read.ts'
import { LIMITS } from '../../src/limits.ts'
import type { Parcel } from '../../src/mesh/sync/ports.ts'
import type { VerifiedAction } from '../../src/trust/permit.ts'
import { openAnswer } from '../../src/trust/seal.ts'
import { verifyBody, verifyDropped, verifyHeader } from '../../src/trust/verify-machine.ts'
import { TestMemory, testReplies } from '../support/agent-parts.ts'
import { makeTestMesh, type TestMesh } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const verified = async (operations = 1): Promise<VerifiedAction> => {
  const list = Array.from({ length: operations }, (_, i) => ({
    id: `o${i + 1}`,
    module: 'file/1',
    params: { ask: 'a' }
  }))
  const { raw, id } = await mesh.signAction({ operations: list }, 'julien')
  return { id, envelope: raw, action: read(decodeEnvelope(raw).bytes, 'gumshoe/action/1'), signers: [] }
}

const replyTo = ({ id, action }: VerifiedAction, op = 'o1', rows: Reply['body']['rows'] = []): Reply => ({
  id,
  action,
  op,
  body: { state: 'done', verdict: rows.length > 0 ? 'yes' : 'no', rows }
})

const parcels = async ({ memory }: TestMemory): Promise<Parcel[]> =>
  Promise.all(memory.outgoing.marks().map(async ({ seq }) => (await memory.outgoing.parcel(seq))!))

const linkOf = ({ envelope }: Parcel) => {
  const kind = kindOf(decodeEnvelope(envelope).bytes)
  return kind === 'gumshoe/dropped/1' ? verifyDropped(envelope, mesh.mesh) : verifyHeader(envelope, mesh.mesh)
}

test('answers are sealed, signed, and one whole chain, also when they come together and over a restart', async t => {
  const host = await TestMemory.open(t)
  let delivered = 0
  const { replies, identity, events } = testReplies(t, mesh, host, { deliver: () => delivered++ })
  const actions = await Promise.all([1, 2, 3].map(() => verified(2)))
  for (const action of actions) await host.memory.record(action, 'run')
  const row = { path: new Uint8Array([47, 97]) }
  await Promise.all(
    actions.flatMap(action => [
      replies.send(replyTo(action, 'o1', [row])),
      replies.send(replyTo(action, 'o2'))
    ])
  )
  assert.equal(delivered, 6)
  await host.restart()
  const all = await parcels(host)
  const links = all.map(linkOf)
  assert.deepEqual(viewChain(links, host.memory.head).findings, [])
  assert.equal(viewChain(links).completeTo, 6)
  for (const parcel of all) {
    const { document } = verifyHeader(parcel.envelope, mesh.mesh)
    verifyBody(document, parcel.body!)
    assert.equal(document.agent, identity.peer)
    const body = decodeBody(openAnswer(mesh.inventory.privateKey, document, parcel.body!))
    assert.equal(body.verdict, document.op === 'o1' ? 'yes' : 'no')
  }
  assert.equal(events().filter(({ what }) => what === 'answered').length, 6)
  assert.ok(host.memory.found(actions[0]!.id))
})

test('an operation is answered once, whoever asks for a second answer', async t => {
  const host = await TestMemory.open(t)
  const { replies } = testReplies(t, mesh, host)
  const action = await verified()
  await host.memory.record(action, 'run')
  await Promise.all([
    replies.send(replyTo(action)),
    replies.send(replyTo(action)),
    replies.send(replyTo(action))
  ])
  assert.equal(host.memory.head?.seq, 1)
})

test('many rows travel in parts that end with the last one, within what a node keeps', async t => {
  const host = await TestMemory.open(t)
  const { replies } = testReplies(t, mesh, host)
  const action = await verified(2)
  await host.memory.record(action, 'run')
  const rows = Array.from({ length: 5_000 }, (_, i) => ({ path: new Uint8Array(4_000).fill(i) }))
  await replies.send(replyTo(action, 'o1', rows))
  const all = await parcels(host)
  const headers = all.map(({ envelope }) => verifyHeader(envelope, mesh.mesh).document)
  assert.deepEqual(
    headers.map(({ part }) => part),
    headers.map((_, i) => i)
  )
  assert.deepEqual(
    headers.map(({ last }) => last),
    headers.map((_, i) => i === headers.length - 1)
  )
  assert.ok(headers.length > 1 && 2 * headers.length <= LIMITS.answersPerAgentAction)
  assert.ok(2 * all.reduce((sum, { body }) => sum + body!.length, 0) <= LIMITS.answerBytesPerAgentAction)
  const body = joinBodies(
    all.map((parcel, i) => decodeBody(openAnswer(mesh.inventory.privateKey, headers[i]!, parcel.body!)))
  )
  assert.deepEqual([body.state, body.code, body.truncated], ['limit', 'limit-bytes', true])
  assert.deepEqual(body.rows, rows.slice(0, body.rows.length))
})

test('where the outbox is full, a signed word stands in the place of the answer', async t => {
  const host = await TestMemory.open(t)
  const { replies, events } = testReplies(t, mesh, host, { outboxBytes: 4_000 })
  const actions = [await verified(), await verified(), await verified()]
  for (const action of actions) await host.memory.record(action, 'run')
  await replies.send(replyTo(actions[0]!))
  const many = Array.from({ length: 100 }, (_, i) => ({ path: new Uint8Array(100).fill(i) }))
  await replies.send(replyTo(actions[1]!, 'o1', many))
  await replies.send(replyTo(actions[2]!))
  const view = viewChain((await parcels(host)).map(linkOf), host.memory.head)
  assert.deepEqual(view.findings, [])
  assert.deepEqual(
    view.dropped.map(({ seq, action }) => [seq, action]),
    [[2, actions[1]!.id]]
  )
  assert.ok(host.memory.isEnded(actions[1]!.id, 'o1'))
  assert.equal(events().filter(({ what }) => what === 'dropped').length, 1)
})
