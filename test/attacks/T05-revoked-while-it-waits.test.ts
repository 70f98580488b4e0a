import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { gate } from '../../src/trust/gate.ts'
import type { Decision } from '../../src/trust/gate-context.ts'
import type { VerifiedAction } from '../../src/trust/permit.ts'
import { TestHost } from '../support/host.ts'
import { eventually } from '../support/members.ts'
import { makeTestMesh, NOW, type TestMesh } from '../support/mesh.ts'
import { acceptedBy, findFile, startRunner } from '../support/runner.ts'

/**
 * T5. A thief with one investigator's key has his actions accepted, and they wait their turn when the key is revoked; and
 * he asks by a condition what two persons asked. Expected: what had not begun does not begin, and the condition says nothing.
 */
let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

test('what waits its turn does not begin any more when its person is revoked', async t => {
  const own = await makeTestMesh()
  const { host, runner, sent } = await startRunner(t, own)
  const [thief, honest] = [
    await acceptedBy(own, host, { operations: [findFile('secret')] }, 'joe'),
    await acceptedBy(own, host, { operations: [findFile('secret')] }, 'julien')
  ]
  await own.advance(own.revoked('persons', 'joe'))
  runner.take(thief)
  runner.take(honest)
  await eventually('both are answered', () => sent.length === 2)
  const said = new Map(
    sent.map(({ id, body }) => [id, [body.state, body.code ?? body.verdict, body.rows.length]])
  )
  assert.deepEqual(said.get(thief.id), ['cancelled', 'revoked', 0])
  assert.deepEqual(said.get(honest.id), ['done', 'yes', 1])
})

test('a condition does not tell a thief what a question found that he could not ask', async t => {
  const { host, runner, sent } = await startRunner(t, mesh)
  // The memory of processes takes more weight than his; somebody else has asked, and this host has found it.
  const operations = [{ id: 'o1', module: 'memory/1', params: { ask: 'a' } }]
  const { raw, id } = await mesh.signAction({ operations }, 'julien')
  const record = (action: VerifiedAction, decision: Decision) => host.memory.record(action, decision)
  assert.equal((await gate(raw, new TestHost(mesh).context({ record }))).kind, 'accept')
  const parts = [{ id: 'e'.repeat(64), action: id, seq: 1, parcel: { envelope: new Uint8Array() } }]
  await host.memory.answer({ action: id, op: 'o1', found: true, parts, openings: [], until: NOW + 1 })
  const asks = async (name: string) => {
    const condition = { when: 'found' as const, action: id }
    runner.take(await acceptedBy(mesh, host, { operations: [{ ...findFile('secret'), condition }] }, name))
    const before = sent.length
    await eventually(`${name} is answered`, () => sent.length > before)
    return sent.at(-1)!.body
  }
  const thief = await asks('joe')
  assert.deepEqual([thief.state, thief.code, thief.rows.length], ['refused', 'policy', 0])
  const senior = await asks('julien')
  assert.deepEqual([senior.state, senior.verdict], ['done', 'yes'])
})

test('nor by an operation of his own action: each takes its own quorum before any of them runs', async t => {
  const { host, sent } = await startRunner(t, mesh)
  const operations = [
    { id: 'a', module: 'memory/1', params: { ask: 'a' } },
    { ...findFile('secret', 'b'), condition: { when: 'found' as const, op: 'a' } }
  ]
  await assert.rejects(
    acceptedBy(mesh, host, { kind: 'gumshoe/action/2', operations }, 'joe'),
    /ignore quorum/
  )
  assert.equal(sent.length, 0)
})

test('what two persons asked is over for the operation that depends on it too, once one of them is revoked', async t => {
  const own = await makeTestMesh()
  const { host, runner, sent } = await startRunner(t, own)
  const operations = [
    findFile('secret', 'a'),
    { ...findFile('secret', 'b'), condition: { when: 'found' as const, op: 'a' } }
  ]
  const thief = await acceptedBy(own, host, { kind: 'gumshoe/action/2', operations }, 'joe')
  await own.advance(own.revoked('persons', 'joe'))
  runner.take(thief)
  await eventually('both are answered', () => sent.length === 2)
  for (const { body } of sent) assert.deepEqual([body.state, body.code], ['cancelled', 'revoked'])
})
