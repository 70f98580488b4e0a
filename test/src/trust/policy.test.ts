import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { parseTarget } from '../../../src/documents/target/parse.ts'
import { gateModule, namedHosts, readReveal, resolveLimits, ruleOf } from '../../../src/trust/policy.ts'
import { testModule } from '../../support/host.ts'
import { TEST_POLICY } from '../../support/mesh.ts'

const ID = '12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQz'
const [a, b, c] = [`${ID}B`, `${ID}C`, `${ID}D`]
const reveal = { action: 'b'.repeat(64), op: 'o1', module: 'memory/1', commitments: ['c'.repeat(32)] }

test('how many hosts a target can name by id', () => {
  const table: [string, number][] = [
    [`id=${a}`, 1],
    [`id in (${a}, ${b})`, 2],
    [`id=${a} or id in (${b}, ${c})`, 3],
    [`id in (${a}, ${b}) and role=web`, 2],
    [`role=web and (id=${a} or id=${b})`, 2],
    [`id=${a} or role=web`, Number.POSITIVE_INFINITY],
    [`not id=${a}`, Number.POSITIVE_INFINITY],
    [`id!=${a}`, Number.POSITIVE_INFINITY],
    ['hostname=a', Number.POSITIVE_INFINITY],
    ['role in (web, api)', Number.POSITIVE_INFINITY],
    ['all', Number.POSITIVE_INFINITY]
  ]
  for (const [target, hosts] of table) assert.equal(namedHosts(parseTarget(target)), hosts, target)
})

test('a reveal is ruled by the module that it opens', () => {
  const rule = (module: string, params = {}) => ruleOf(TEST_POLICY, { id: 'o1', module, params })
  assert.equal(rule('file/1')?.risk, 'inspect')
  assert.equal(rule('reveal/1', reveal)?.risk, 'sensitive')
  assert.equal(rule('other/1'), undefined)
})

test('the parameters of a reveal name what is wrong', () => {
  assert.deepEqual(readReveal(reveal), reveal)
  assert.throws(() => readReveal({ ...reveal, op: 7 }), { code: 'bad-params', message: /op/ })
})

test('a module is what its spec says, and names the parameter that it refuses', () => {
  const params = z.strictObject({ path: z.string() })
  const module = gateModule({ name: 'file', risk: 'inspect', limits: testModule.limits, params })
  module.check({ path: '/' })
  assert.equal(module.limits, testModule.limits)
  assert.throws(() => module.check({ path: 1 }), { code: 'bad-params', message: /path/ })
  assert.throws(() => module.check({ path: '/', more: 1 }), { code: 'bad-params' })
})

test('nobody can raise a limit beyond what another allows', () => {
  const nobody = { policy: {}, action: {}, host: {} }
  const { limits } = testModule
  assert.deepEqual(resolveLimits(limits, nobody), limits.defaults)
  const huge = Object.fromEntries(Object.keys(limits.most).map(name => [name, Number.MAX_SAFE_INTEGER]))
  assert.deepEqual(resolveLimits(limits, { policy: huge, action: huge, host: huge }), limits.most)
  assert.equal(resolveLimits(limits, { ...nobody, host: { rows: 0 } }).rows, 0)
})
