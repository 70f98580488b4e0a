import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Policy } from '../../../../src/documents/charter.ts'
import { parseTarget } from '../../../../src/documents/target/parse.ts'
import type { Role } from '../../../../src/documents/vocabulary.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { checkQuorum } from '../../../../src/trust/checks/quorum.ts'
import type { Signer } from '../../../../src/trust/signers.ts'
import { SAMPLES } from '../../../samples.ts'
import { testChecks } from '../../../support/host.ts'
import { TEST_POLICY } from '../../../support/mesh.ts'
import { stops } from '../../../support/stops.ts'

const signer = (name: string, weight: number, ...roles: Role[]): Signer => ({
  person: { name, weight, roles, keys: [] },
  fingerprint: '',
  signature: new Uint8Array(0)
})
const senior = signer('sonia', 2, 'investigator')
const senior2 = signer('julien', 2, 'investigator')
const junior = signer('joe', 1, 'investigator')
const junior2 = signer('jim', 1, 'investigator')
const admin = signer('anna', 5, 'admin')

interface Asked {
  module?: string
  modules?: string[]
  disclosure?: 'match' | 'hashed' | 'clear'
  note?: boolean
  ceiling?: number
  target?: string
  params?: Record<string, unknown>
  policy?: Policy
}

const says = (signers: Signer[], asked: Asked = {}) => {
  const { note: _, ...sample } = SAMPLES['gumshoe/action/1']
  const modules = asked.modules ?? [asked.module ?? 'file/1']
  const action = {
    ...sample,
    operations: modules.map((module, i) => ({ id: `o${i}`, module, params: asked.params ?? {} })),
    disclosure: asked.disclosure ?? 'hashed',
    ceilingPpm: asked.ceiling ?? 50_000,
    ...(asked.note && { note: 'AAAA' })
  }
  const target = parseTarget(asked.target ?? 'all')
  return stops(() =>
    checkQuorum(action, target, signers, asked.policy ?? TEST_POLICY, { contentChecks: testChecks })
  )
}

test('the default policy: who may ask what, alone or together', async () => {
  const table: [Signer[], Asked, string][] = [
    [[junior], {}, 'passes'],
    [[junior], { disclosure: 'match' }, 'passes'],
    [[junior], { disclosure: 'clear', note: true }, 'ignore quorum'],
    [[senior], { disclosure: 'clear', note: true }, 'passes'],
    [[junior, junior2], { disclosure: 'clear', note: true }, 'passes'],
    [[junior], { module: 'memory/1' }, 'ignore quorum'],
    [[senior], { module: 'memory/1' }, 'passes'],
    [[senior], { module: 'memory/1', disclosure: 'clear', note: true }, 'ignore quorum'],
    [[senior, junior], { module: 'memory/1', disclosure: 'clear', note: true }, 'passes'],
    [[senior, junior], { module: 'kill/1', note: true }, 'passes'],
    [[senior], { module: 'kill/1', note: true }, 'ignore quorum']
  ]
  for (const [signers, asked, wanted] of table)
    assert.equal(await says(signers, asked), wanted, JSON.stringify(asked))
})

test('weight without enough persons is not enough, nor persons without enough weight', async () => {
  const heavy = signer('otto', 100, 'investigator')
  assert.equal(await says([heavy], { module: 'kill/1', note: true }), 'ignore quorum')
  assert.equal(await says([junior, junior2], { module: 'kill/1', note: true }), 'ignore quorum')
})

test('admins, readers and who weighs nothing count for nothing', async () => {
  const idle = signer('ida', 0, 'investigator')
  assert.equal(await says([admin]), 'ignore quorum')
  assert.equal(await says([signer('rita', 3, 'reader')]), 'ignore quorum')
  assert.equal(await says([idle]), 'ignore quorum')
  const both = { module: 'memory/1', disclosure: 'clear' as const, note: true }
  assert.equal(await says([signer('otto', 3, 'investigator'), idle, admin], both), 'ignore quorum')
})

test('what is not listed is not allowed', async () => {
  assert.equal(await says([senior, senior2], { module: 'other/1' }), 'ignore policy')
  assert.equal(await says([senior, senior2], { module: 'file/2' }), 'ignore policy')
  const closed = { ...TEST_POLICY, modules: TEST_POLICY.modules.map(rule => ({ ...rule, quorum: {} })) }
  assert.equal(await says([senior, senior2], { policy: closed }), 'ignore policy')
})

test('a reason is asked for where the policy says so', async () => {
  assert.equal(await says([senior], { disclosure: 'clear' }), 'ignore policy')
  assert.equal(await says([senior], { disclosure: 'clear', note: true }), 'passes')
})

test('each of several operations reaches its own quorum, in whatever order', async () => {
  for (const modules of [
    ['file/1', 'memory/1'],
    ['memory/1', 'file/1']
  ])
    assert.equal(await says([junior], { modules }), 'ignore quorum')
  assert.equal(await says([senior], { modules: ['file/1', 'memory/1'] }), 'passes')
})

const MOST = LIMITS.contentChecks
/** The default policy with one rule of another risk or quorum. */
const changed = (module: string, change: Partial<Policy['modules'][number]>): Policy => ({
  ...TEST_POLICY,
  modules: TEST_POLICY.modules.map(rule => (rule.module === module ? { ...rule, ...change } : rule))
})

test('many checks about contents take the quorum of the sensitive modules, at each level', async () => {
  const table: [Signer[], Asked, string][] = [
    [[junior], { params: { checks: MOST } }, 'passes'],
    [[junior], { params: { checks: MOST + 1 } }, 'ignore quorum'],
    [[junior], { params: { checks: Number.POSITIVE_INFINITY } }, 'ignore quorum'],
    [[junior], { disclosure: 'match', params: { checks: MOST + 1 } }, 'ignore quorum'],
    [[senior], { params: { checks: MOST + 1 } }, 'passes'],
    [[junior, junior2], { params: { checks: MOST + 1 } }, 'passes'],
    [[senior], { disclosure: 'clear', note: true, params: { checks: MOST } }, 'passes'],
    [[senior], { disclosure: 'clear', note: true, params: { checks: MOST + 1 } }, 'ignore quorum'],
    [[senior, junior], { disclosure: 'clear', note: true, params: { checks: MOST + 1 } }, 'passes'],
    [[senior, junior], { disclosure: 'clear', params: { checks: MOST + 1 } }, 'ignore policy']
  ]
  for (const [signers, asked, wanted] of table)
    assert.equal(await says(signers, asked), wanted, JSON.stringify(asked))
})

test('they are counted over the operations together, also those of a sensitive module', async () => {
  const half = { checks: MOST / 2 }
  const two = ['file/1', 'file/1']
  assert.equal(await says([junior], { modules: two, params: half }), 'passes')
  assert.equal(await says([junior], { modules: [...two, 'file/1'], params: half }), 'ignore quorum')
  const cheap = changed('memory/1', {
    quorum: {
      match: { weight: 1, persons: 1, reason: false },
      hashed: { weight: 1, persons: 1, reason: false }
    }
  })
  const mixed = ['memory/1', 'file/1', 'memory/1']
  assert.equal(await says([junior], { modules: mixed, params: half, policy: cheap }), 'passes')
  const dear = changed('file/1', { quorum: { hashed: { weight: 2, persons: 2, reason: false } } })
  const many = { params: { checks: MOST + 1 }, policy: dear }
  assert.equal(await says([senior], many), 'ignore quorum', 'its own quorum stands beside')
  assert.equal(await says([senior, junior], many), 'passes')
})

test('the most that any sensitive module asks counts, and where the charter has none, nobody may', async () => {
  const other = { ...TEST_POLICY.modules.find(({ module }) => module === 'memory/1')!, module: 'yaramem/1' }
  const asks = async (signers: Signer[], hashed: { weight: number; persons: number; reason: boolean }) =>
    says(signers, {
      params: { checks: MOST + 1 },
      policy: { ...TEST_POLICY, modules: [...TEST_POLICY.modules, { ...other, quorum: { hashed } }] }
    })
  assert.equal(await asks([senior], { weight: 3, persons: 1, reason: false }), 'ignore quorum')
  assert.equal(await asks([senior, junior], { weight: 3, persons: 1, reason: false }), 'passes')
  assert.equal(await asks([senior], { weight: 1, persons: 2, reason: false }), 'ignore quorum')
  assert.equal(await asks([junior, junior2], { weight: 1, persons: 2, reason: false }), 'passes')
  assert.equal(await asks([senior], { weight: 1, persons: 1, reason: true }), 'ignore policy')
  const none = { params: { checks: MOST + 1 }, policy: changed('memory/1', { quorum: {} }) }
  assert.equal(await says([senior, senior2, junior], none), 'ignore policy')
  const closed = { ...none, policy: changed('file/1', { quorum: {} }) }
  assert.equal(await says([senior, senior2, junior], closed), 'ignore policy')
})

test('a charter that rates the module otherwise has said what many checks take', async () => {
  const said = changed('file/1', { risk: 'sensitive' })
  assert.equal(await says([junior], { params: { checks: MOST + 1 }, policy: said }), 'passes')
  assert.equal(await says([senior], { module: 'memory/1', params: { checks: MOST + 1 } }), 'passes')
})

test('a reveal reaches what clear asks of the module that it opens, whatever disclosure it states', async () => {
  const params = { action: 'b'.repeat(64), op: 'o1', module: 'memory/1', commitments: ['c'.repeat(32)] }
  const asked: Asked = { module: 'reveal/1', disclosure: 'match', note: true, params }
  assert.equal(await says([senior], asked), 'ignore quorum')
  assert.equal(await says([senior, junior], asked), 'passes')
  assert.equal(await says([senior, junior], { ...asked, note: false }), 'ignore policy')
  const other = { ...params, module: 'other/1' }
  assert.equal(await says([senior, junior], { ...asked, params: other }), 'ignore policy')
})

test('a response stays below its ceiling, names five hosts, or has one person more', async () => {
  const kill: Asked = { module: 'kill/1', note: true, ceiling: 50_001 }
  const ids = (n: number) => `id in (${Array.from({ length: n }, (_, i) => peer(i)).join(', ')})`
  const two = [senior, junior]
  assert.equal(await says(two, kill), 'ignore ceiling')
  assert.equal(await says(two, { ...kill, ceiling: 50_000 }), 'passes')
  assert.equal(await says(two, { ...kill, target: ids(5) }), 'passes')
  assert.equal(await says(two, { ...kill, target: ids(6) }), 'ignore ceiling')
  assert.equal(await says([...two, junior2], kill), 'passes')
})

test('a question stays below the ceiling of its module, whoever signs', async () => {
  const narrow = { ...TEST_POLICY, modules: TEST_POLICY.modules.map(rule => ({ ...rule, ceilingPpm: 10 })) }
  assert.equal(await says([senior], { policy: narrow, ceiling: 10 }), 'passes')
  assert.equal(await says([senior, senior2, junior], { policy: narrow, ceiling: 11 }), 'ignore ceiling')
})

const peer = (i: number): string => `12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQz${'BCDEFG'[i]}`
