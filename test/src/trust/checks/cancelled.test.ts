import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCancelled } from '../../../../src/trust/checks/cancelled.ts'
import { stops } from '../../../support/stops.ts'

test('a cancelled action is answered so, another one is not hindered', async () => {
  const context = { cancelled: (id: string) => id === 'a' }
  assert.equal(await stops(() => checkCancelled('a', context)), 'refuse cancelled')
  assert.equal(await stops(() => checkCancelled('b', context)), 'passes')
})
