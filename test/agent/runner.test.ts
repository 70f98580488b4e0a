import assert from 'node:assert/strict'
import { before, type TestContext, test } from 'node:test'
import { toBase64, toHex } from '../../src/codec.ts'
import { type Action, type Operation, REVEAL } from '../../src/documents/action.ts'
import { commitKey, commitment } from '../../src/trust/commit.ts'
import type { TestMemory } from '../support/agent-parts.ts'
import { hostileLauncher } from '../support/launchers.ts'
import { eventually } from '../support/members.ts'
import { makeTestMesh, NOW, type TestMesh, testClock } from '../support/mesh.ts'
import { acceptedBy, findFile, startRunner } from '../support/runner.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const accept = (host: TestMemory, change: Partial<Action>, ...names: string[]) =>
  acceptedBy(mesh, host, change, ...names)
const start = (t: TestContext, entry?: string, run?: Parameters<typeof startRunner>[3]) =>
  startRunner(t, mesh, entry, run)

test('what the gate accepted is run, disclosed as it was asked, and answered once an operation', async t => {
  const { host, runner, sent } = await start(t)
  const accepted = await accept(host, { operations: [findFile('secret', 'o1'), findFile('absent', 'o2')] })
  runner.take(accepted)
  assert.ok(runner.isActive(accepted.id))
  await eventually('both are answered', () => sent.length === 2)
  const [yes, no] = sent
  assert.deepEqual([yes!.op, yes!.body.state, yes!.body.verdict], ['o1', 'done', 'yes'])
  assert.deepEqual([no!.op, no!.body.verdict, no!.body.rows], ['o2', 'no', []])
  const name = commitment(commitKey(accepted.id), 'file/1', 'path', Buffer.from('secret-name'))
  const path = yes!.body.rows[0]!['path'] as { p: Uint8Array[] }
  assert.deepEqual(path.p.at(-1), name)
  assert.ok(yes!.openings!.some(opening => Buffer.from(opening.value).toString() === 'secret-name'))
  await eventually('it is over', () => !runner.isActive(accepted.id))
})

test('a reveal opens what this host committed to, and nothing else', async t => {
  const { host, runner, sent } = await start(t)
  const first = await accept(host, { operations: [findFile('secret')] })
  runner.take(first)
  await eventually('it is answered', () => sent.length === 1)
  const name = toHex(commitment(commitKey(first.id), 'file/1', 'path', Buffer.from('secret-name')))
  const ask = (commitments: string[], op = 'o1') =>
    accept(
      host,
      {
        operations: [
          {
            id: 'r1',
            module: REVEAL,
            params: { action: first.id, op, module: 'file/1', commitments: commitments.sort() }
          }
        ],
        disclosure: 'clear',
        note: toBase64(new Uint8Array(64))
      },
      'julien',
      'sonia'
    )
  runner.take(await ask([name, '0'.repeat(32)]))
  runner.take(await ask(['0'.repeat(32)]))
  runner.take(await ask([name], 'o7'))
  await eventually('all are answered', () => sent.length === 4)
  const [, opened, ...others] = sent
  assert.deepEqual(
    [opened!.body.verdict, opened!.body.rows.length, opened!.body.coverage?.skipped],
    ['yes', 1, 1]
  )
  assert.equal(Buffer.from(opened!.body.rows[0]!['value'] as Uint8Array).toString(), 'secret-name')
  for (const { body } of others)
    assert.deepEqual([body.verdict, body.code, body.rows], ['no', 'no-opening', []])
})

test('conditions are decided by what this host remembers', async t => {
  const { host, runner, sent } = await start(t)
  const [found, missed] = [
    await accept(host, { operations: [findFile('secret')] }),
    await accept(host, { operations: [findFile('absent')] })
  ]
  runner.take(found)
  runner.take(missed)
  await eventually('both are answered', () => sent.length === 2)
  const when = (condition: 'found' | 'answered', action: string, id: string): Operation => ({
    ...findFile('secret', id),
    condition: { when: condition, action }
  })
  const asked = await accept(host, {
    operations: [
      when('found', found.id, 'a'),
      when('found', missed.id, 'b'),
      when('answered', missed.id, 'c'),
      when('answered', 'f'.repeat(64), 'd')
    ]
  })
  runner.take(asked)
  await eventually('it is answered', () => sent.length === 6)
  assert.deepEqual(
    sent.slice(2).map(({ op, body }) => [op, body.state, body.code ?? body.verdict]),
    [
      ['a', 'done', 'yes'],
      ['b', 'done', 'not-met'],
      ['c', 'done', 'yes'],
      ['d', 'done', 'not-met']
    ]
  )
})

test('a condition on an operation of the same action is decided by how that one has just ended', async t => {
  const { host, runner, sent } = await start(t)
  const after = (id: string, op: string): Operation => ({
    ...findFile('secret', id),
    condition: { when: 'found', op }
  })
  const asked = await accept(host, {
    kind: 'gumshoe/action/2',
    operations: [
      findFile('secret', 'a'),
      findFile('absent', 'b'),
      after('c', 'a'),
      after('d', 'b'),
      after('e', 'd'),
      after('f', 'c')
    ]
  })
  runner.take(asked)
  await eventually('it is answered', () => sent.length === 6)
  assert.deepEqual(
    sent.map(({ op, body }) => [op, body.state, body.code ?? body.verdict]),
    [
      ['a', 'done', 'yes'],
      ['b', 'done', 'no'],
      ['c', 'done', 'yes'],
      ['d', 'done', 'not-met'],
      ['e', 'done', 'not-met'],
      ['f', 'done', 'yes']
    ]
  )
})

test('where what a condition names saw only a part, nobody says that it is not met', async t => {
  const { host, sent, runner } = await start(t, undefined, async (_, { id, spec }) =>
    id === 'a'
      ? { state: 'done', verdict: 'partial', rows: [], truncated: false }
      : id === 'b'
        ? { state: 'limit', code: 'limit-wall', verdict: 'partial', rows: [], truncated: false }
        : assert.fail(`${spec.name} ran`)
  )
  const after = (id: string, op: string): Operation => ({
    ...findFile('secret', id),
    condition: { when: 'found', op }
  })
  const operations = [
    findFile('x', 'a'),
    findFile('x', 'b'),
    after('c', 'a'),
    after('d', 'b'),
    after('e', 'c')
  ]
  runner.take(await accept(host, { kind: 'gumshoe/action/2', operations }))
  await eventually('it is answered', () => sent.length === 5)
  for (const { body } of sent.slice(2))
    assert.deepEqual([body.state, body.verdict, body.code], ['done', 'partial', 'undecided'])
})

const SLEEPS = `await say({ word: 'ready' }); await job(); setInterval(() => 0, 1000)`

test('a cancel ends what runs and what waits, each with an answer', async t => {
  const { host, runner, sent } = await start(t, hostileLauncher(t, SLEEPS))
  const actions = []
  for (let i = 0; i < 4; i++) actions.push(await accept(host, { operations: [findFile('secret')] }))
  for (const action of actions) runner.take(action)
  for (const { id } of actions) {
    await host.memory.cancel(
      { kind: 'gumshoe/cancel/1', mesh: mesh.mesh, action: id, issued: '', nonce: '' },
      NOW
    )
    runner.cancel(id)
  }
  await eventually('all are answered', () => sent.length === 4)
  for (const { body } of sent) assert.deepEqual([body.state, body.code], ['cancelled', 'cancelled'])
})

test('what is under way when the agent stops is not answered: its restart says interrupted', async t => {
  const { host, runner, sent } = await start(t, hostileLauncher(t, SLEEPS))
  const accepted = await accept(host, { operations: [findFile('secret')] })
  runner.take(accepted)
  await testClock.sleep(100)
  await runner.stop()
  assert.deepEqual(sent, [])
  assert.equal(host.memory.decided(accepted.id), 'run')
  runner.take(await accept(host, { operations: [findFile('secret')] }))
  assert.deepEqual(sent, [])
})

test('whatever goes wrong in a run is an answer', async t => {
  const { host, runner, sent } = await start(t, hostileLauncher(t, `process.exit(7)`))
  runner.take(await accept(host, { operations: [findFile('secret')] }))
  await eventually('it is answered', () => sent.length === 1)
  assert.deepEqual([sent[0]!.body.state, sent[0]!.body.code], ['error', 'module-failed'])
})
