import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../../../../src/documents/action.ts'
import { checkSettings } from '../../../../src/trust/checks/settings.ts'
import type { HostSettings } from '../../../../src/trust/gate-context.ts'
import { SAMPLES } from '../../../samples.ts'
import { NO_SETTINGS } from '../../../support/host.ts'
import { stops } from '../../../support/stops.ts'

const ask = (id: string, module: string, params = {}): Operation => ({ id, module, params })
const says = (operations: Operation[], settings: Partial<HostSettings>) =>
  stops(() =>
    checkSettings(
      { ...SAMPLES['gumshoe/action/1'], disclosure: 'hashed', operations },
      { ...NO_SETTINGS, ...settings }
    )
  )
const file = ask('o1', 'file/1')
const memory = ask('o2', 'memory/1')

test('a module that the owner has switched off is refused, in whatever place', async () => {
  assert.equal(await says([file, memory], {}), 'passes')
  assert.equal(await says([file, memory], { modulesOff: ['memory/1'] }), 'refuse module-off')
  assert.equal(await says([file], { modulesOff: ['memory/1'] }), 'passes')
})

test('a disclosure that the owner has switched off is refused', async () => {
  assert.equal(await says([file], { disclosuresOff: ['hashed'] }), 'refuse disclosure-off')
  assert.equal(await says([file], { disclosuresOff: ['clear'] }), 'passes')
})

test('a reveal counts as its module at clear', async () => {
  const reveal = ask('o1', 'reveal/1', {
    action: 'b'.repeat(64),
    op: 'o1',
    module: 'file/1',
    commitments: ['c'.repeat(32)]
  })
  assert.equal(await says([reveal], { modulesOff: ['file/1'] }), 'refuse module-off')
  assert.equal(await says([reveal], { disclosuresOff: ['clear'] }), 'refuse disclosure-off')
  assert.equal(await says([reveal], { disclosuresOff: ['hashed'] }), 'passes')
})
