import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../../../../src/documents/action.ts'
import type { PolicyRule } from '../../../../src/documents/charter.ts'
import type { Facts } from '../../../../src/documents/facts.ts'
import { checkFence } from '../../../../src/trust/checks/fence.ts'
import type { HostSettings } from '../../../../src/trust/gate-context.ts'
import { SAMPLES } from '../../../samples.ts'
import { NO_SETTINGS, testModule } from '../../../support/host.ts'
import { stops } from '../../../support/stops.ts'

const rule = (module: string, risk: PolicyRule['risk']): PolicyRule => ({
  module,
  risk,
  quorum: {},
  ceilingPpm: 1,
  limits: {}
})
const policy = {
  ...SAMPLES['gumshoe/charter/1'].policy,
  modules: [rule('file/1', 'inspect'), rule('memory/1', 'sensitive'), rule('yara/1', 'inspect')]
}
const modules = new Map([
  ['file/1', testModule],
  ['memory/1', testModule],
  ['yara/1', { ...testModule, risk: 'sensitive' as const }]
])

const says = (module: string, fenceAtLeast: HostSettings['fenceAtLeast'], fence?: Facts['fence']) => {
  const operations: Operation[] = [{ id: 'o1', module, params: {} }]
  const settings = { ...NO_SETTINGS, ...(fenceAtLeast && { fenceAtLeast }) }
  const facts = fence && ({ fence } as Facts)
  const self = { peer: 'a', tags: [], ...(facts && { facts }) }
  return stops(() =>
    checkFence({ ...SAMPLES['gumshoe/action/1'], operations }, policy, { modules, settings, self })
  )
}

test('no sensitive module where the fence is not whole', async () => {
  const owner = { sensitive: 'full' } as const
  assert.equal(await says('memory/1', owner, 'none'), 'refuse fence')
  assert.equal(await says('memory/1', owner, 'reduced'), 'refuse fence')
  assert.equal(await says('memory/1', owner, 'full'), 'passes')
  assert.equal(await says('file/1', owner, 'none'), 'passes')
})

test('the stricter risk counts: that of the charter or that of the module', async () => {
  assert.equal(await says('yara/1', { sensitive: 'full' }, 'none'), 'refuse fence')
})

test('a module by its name, beside its risk', async () => {
  const owner = { inspect: 'reduced', 'file/1': 'full' } as const
  assert.equal(await says('file/1', owner, 'reduced'), 'refuse fence')
  assert.equal(await says('file/1', { ...owner, 'file/1': 'none' }, 'none'), 'refuse fence')
  assert.equal(await says('file/1', owner, 'full'), 'passes')
})

test('a fence that is not known is none; who asks for nothing refuses nothing', async () => {
  assert.equal(await says('file/1', { inspect: 'reduced' }), 'refuse fence')
  assert.equal(await says('file/1', { inspect: 'none' }), 'passes')
  assert.equal(await says('file/1', undefined), 'passes')
})

test('a reveal runs no module', async () => {
  assert.equal(await says('reveal/1', { inspect: 'full', sensitive: 'full' }, 'none'), 'passes')
})
