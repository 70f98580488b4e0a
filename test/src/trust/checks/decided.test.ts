import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDecided } from '../../../../src/trust/checks/decided.ts'
import type { Decision } from '../../../../src/trust/gate-context.ts'
import { stops } from '../../../support/stops.ts'

test('what was run or refused here is over', async () => {
  const records = new Map<string, Decision>([
    ['ran', 'run'],
    ['refused', 'module-off']
  ])
  const context = { decided: (id: string) => records.get(id) }
  assert.equal(await stops(() => checkDecided('ran', context)), 'ignore known')
  assert.equal(await stops(() => checkDecided('refused', context)), 'ignore known')
  assert.equal(await stops(() => checkDecided('new', context)), 'passes')
})
