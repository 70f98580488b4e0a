import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../../../../src/documents/action.ts'
import type { RunLimits } from '../../../../src/documents/charter.ts'
import { checkModules } from '../../../../src/trust/checks/modules.ts'
import { SAMPLES } from '../../../samples.ts'
import { NO_SETTINGS, TEST_MODULES, testModule } from '../../../support/host.ts'
import { TEST_POLICY } from '../../../support/mesh.ts'
import { stops } from '../../../support/stops.ts'

const check = (
  operation: Partial<Operation>,
  action: RunLimits = {},
  policy: RunLimits = {},
  host: RunLimits = {}
) =>
  checkModules(
    {
      ...SAMPLES['gumshoe/action/1'],
      limits: action,
      operations: [{ id: 'o1', module: 'file/1', params: { ask: 'a' }, ...operation }]
    },
    { ...TEST_POLICY, modules: TEST_POLICY.modules.map(rule => ({ ...rule, limits: policy })) },
    { modules: TEST_MODULES, settings: { ...NO_SETTINGS, limits: host } }
  )
const params = { action: 'b'.repeat(64), op: 'o1', module: 'file/1', commitments: ['c'.repeat(32)] }

test('a module that is not here, or parameters that it does not take, are answered so', async () => {
  assert.equal(await stops(() => check({})), 'passes')
  assert.equal(await stops(() => check({ module: 'other/1' })), 'refuse unknown-module')
  assert.equal(await stops(() => check({ params: { ask: 1 } })), 'refuse bad-params')
})

test('a reveal needs the module whose values it opens, and not its parameters', async () => {
  assert.equal(await stops(() => check({ module: 'reveal/1', params })), 'passes')
  const other = { ...params, module: 'other/1' }
  assert.equal(await stops(() => check({ module: 'reveal/1', params: other })), 'refuse unknown-module')
})

test('limits: the least that anybody allows; the default where nobody asks', () => {
  const { defaults, most } = testModule.limits
  const rows = (...asked: RunLimits[]) => check({}, ...asked)[0]!.limits.rows
  assert.deepEqual(check({})[0]!.limits, defaults)
  assert.equal(rows({ rows: 7 }), 7)
  assert.equal(rows({ rows: most.rows * 10 }), most.rows)
  assert.equal(rows({ rows: 7 }, { rows: 5 }), 5)
  assert.equal(rows({ rows: 7 }, { rows: 5 }, { rows: 3 }), 3)
  assert.equal(rows({}, { rows: most.rows }), defaults.rows)
})
