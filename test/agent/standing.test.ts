import assert from 'node:assert/strict'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { viewChain } from '../../src/documents/chain.ts'
import { LIMITS } from '../../src/limits.ts'
import { verifyHeader } from '../../src/trust/verify-machine.ts'
import { hostileLauncher } from '../support/launchers.ts'
import { eventually as soon } from '../support/members.ts'
import type { TestMesh } from '../support/mesh.ts'
import { NOW } from '../support/mesh.ts'
import { StandingHost, standingMesh, watchEtc } from '../support/standing.ts'

let mesh: TestMesh
before(async () => {
  mesh = await standingMesh()
})

/** A machine under load is slow, not wrong. */
const eventually = (what: string, holds: () => boolean | Promise<boolean>) => soon(what, holds, 60_000)

const put = (host: StandingHost, name: string, text = name) =>
  writeFileSync(join(host.root, 'etc', name), text)

const stands = (host: StandingHost, parts = 1) =>
  eventually('it stands', async () => (await host.parts()).length >= parts)
const told = (host: StandingHost, ...changes: string[]) =>
  eventually(`${changes} is told`, async () => {
    const all = await host.changes()
    return changes.every(change => all.includes(change))
  })

test('changes come in numbered parts of one chain; a killed agent goes on, and tells what happened meanwhile', async t => {
  const host = await StandingHost.open(t, mesh)
  put(host, 'a')
  const accepted = await host.accept(watchEtc())
  host.runner.take(accepted)
  await stands(host)
  put(host, 'b')
  chmodSync(join(host.root, 'etc/a'), 0o4755)
  await told(host, 'created /etc/b', 'mode /etc/a')
  assert.ok(host.runner.isActive(accepted.id))
  assert.ok(host.memory.memory.found(accepted.id), 'what stands counts as found before its end')
  await host.restart(() => {
    put(host, 'c')
    put(host, 'a', 'other')
    rmSync(join(host.root, 'etc/b'))
  })
  await told(host, 'created /etc/c while-down', 'changed /etc/a while-down', 'removed /etc/b while-down')
  put(host, 'd')
  await told(host, 'created /etc/d')
  const changes = await host.changes()
  assert.equal(new Set(changes).size, changes.length, 'nothing is told twice')
  const parts = await host.parts()
  assert.deepEqual(
    parts.map(({ header }) => [header.part, header.last]),
    parts.map((_, i) => [i, false])
  )
  assert.equal(parts.at(-1)!.body.verdict, 'yes')
  assert.ok(parts.at(-1)!.body.errors!['while-down'])
  const marks = host.memory.memory.outgoing.marks()
  const links = await Promise.all(
    marks.map(async ({ seq }) =>
      verifyHeader((await host.memory.memory.outgoing.parcel(seq))!.envelope, mesh.mesh)
    )
  )
  assert.deepEqual(viewChain(links, host.memory.memory.head).findings, [])
})

test('the end of its window ends it, with what was noticed until then; nothing of it is remembered', async t => {
  const host = await StandingHost.open(t, mesh)
  const accepted = await host.accept(watchEtc({}, NOW + 4_000))
  host.runner.take(accepted)
  await stands(host)
  host.shift = 4_000
  put(host, 'late')
  await eventually('it ends', async () => (await host.parts()).at(-1)!.header.last)
  const last = (await host.parts()).at(-1)!
  assert.deepEqual([last.body.state, last.body.verdict], ['done', 'yes'])
  assert.deepEqual(await host.changes(), ['created /etc/late'])
  const kept = await host.memory.database.keys('standing')
  assert.deepEqual(kept, [])
  await eventually('it is over', () => !host.runner.isActive(accepted.id))
  await host.restart()
  assert.equal(host.runner.isActive(accepted.id), false)
})

test('a window that was over before the agent was back is interrupted', async t => {
  const host = await StandingHost.open(t, mesh)
  host.runner.take(await host.accept(watchEtc({}, NOW + 60_000)))
  await stands(host)
  await host.restart(() => {
    put(host, 'a')
    host.shift = 60_000 + LIMITS.clockSkewMs + 1_000
  })
  const last = (await host.parts()).at(-1)!
  assert.deepEqual([last.header.last, last.body.state, last.body.verdict], [true, 'interrupted', 'partial'])
})

test('a cancel ends what stands, now and while the agent is away', async t => {
  const host = await StandingHost.open(t, mesh)
  const first = await host.accept(watchEtc())
  const second = await host.accept(watchEtc({ name: ['x'] }))
  host.runner.take(first)
  host.runner.take(second)
  await stands(host, 2)
  const cancel = (action: string) =>
    host.memory.memory.cancel(
      { kind: 'gumshoe/cancel/1', mesh: mesh.mesh, action, issued: '', nonce: '' },
      NOW
    )
  const endOf = async (id: string) => {
    const last = (await host.parts()).find(({ header }) => header.action === id && header.last)
    return last && [last.body.state, last.body.code, last.body.verdict]
  }
  await cancel(first.id)
  host.runner.cancel(first.id)
  await eventually('the first ends', async () => (await endOf(first.id)) !== undefined)
  assert.deepEqual(await endOf(first.id), ['cancelled', 'cancelled', 'partial'])
  await host.restart(() => cancel(second.id))
  assert.deepEqual(await endOf(second.id), ['cancelled', 'cancelled', 'partial'])
})

test('what a person asked does not go on when he is revoked: by a charter, and at the next start', async t => {
  const own = await standingMesh()
  const host = await StandingHost.open(t, own)
  const ask = { ...watchEtc(), disclosure: 'hashed' as const }
  const [thief, honest] = [await host.accept(ask, 'joe'), await host.accept(ask, 'julien')]
  host.runner.take(thief)
  host.runner.take(honest)
  await stands(host, 2)
  await own.advance(own.revoked('persons', 'joe'))
  await host.continuing.judgeAll()
  const ends = async () =>
    (await host.parts())
      .filter(({ header }) => header.last)
      .map(({ header, body }) => [header.action, body.code])
  await eventually('it ends', async () => (await ends()).length === 1)
  assert.deepEqual(await ends(), [[thief.id, 'revoked']])
  assert.ok(host.runner.isActive(honest.id))
  await host.restart(() => own.advance(own.revoked('persons', 'julien')))
  assert.deepEqual(await ends(), [
    [thief.id, 'revoked'],
    [honest.id, 'revoked']
  ])
})

test('the owner of a host ends what stands by switching its module off', async t => {
  const host = await StandingHost.open(t, mesh)
  host.runner.take(await host.accept(watchEtc()))
  await stands(host)
  host.settings = { ...host.settings, modulesOff: ['fswatch/1'] }
  await host.restart()
  assert.equal((await host.parts()).at(-1)!.body.code, 'module-off')
})

test('more than a host has room for is refused', async t => {
  const host = await StandingHost.open(t, mesh)
  for (let i = 0; i <= LIMITS.standingRuns; i++)
    host.runner.take(await host.accept(watchEtc({ name: [`${i}`] })))
  await stands(host, LIMITS.standingRuns + 1)
  const refused = (await host.parts()).filter(({ header }) => header.last)
  assert.deepEqual(
    refused.map(({ body }) => body.code),
    ['standing-full']
  )
})

const PART = `{ rows: [], left: 0, coverage: { seen: 1, unreadable: 0, skipped: 0 }, errors: {}, remember: [] }`

test('a hostile child tells no part before the one before is written, and remembers no more than it may', async t => {
  const wrongs: [string, string][] = [
    ['two at once', `await say({ word: 'part', part: ${PART} }); await say({ word: 'part', part: ${PART} })`],
    ['a row of its own', `await say({ word: 'part', part: { ...${PART}, rows: [{ evil: 1 }] } })`],
    [
      'too long a key',
      `await say({ word: 'part', part: { ...${PART}, remember: [['A'.repeat(20000), '']] } })`
    ],
    ['no part', `await say({ word: 'part', part: 7 })`]
  ]
  for (const [what, words] of wrongs) {
    const entry = hostileLauncher(
      t,
      `await say({ word: 'ready' }); await job(); ${words}; setInterval(() => 0, 1000)`
    )
    const host = await StandingHost.open(t, mesh, entry)
    host.runner.take(await host.accept(watchEtc()))
    await eventually(what, async () => (await host.parts()).some(({ header }) => header.last))
    assert.equal((await host.parts()).at(-1)!.body.code, 'module-failed', what)
  }
})
