import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTime } from '../../../../src/clock.ts'
import { checkFloor } from '../../../../src/trust/checks/floor.ts'
import { SAMPLES } from '../../../samples.ts'
import { stops } from '../../../support/stops.ts'

test('what ends at or below the floor never runs', async () => {
  const action = SAMPLES['gumshoe/action/1']
  const end = parseTime(action.expires)
  assert.equal(await stops(() => checkFloor(action, end - 1)), 'passes')
  assert.equal(await stops(() => checkFloor(action, end)), 'ignore expired')
  assert.equal(await stops(() => checkFloor(action, end + 1)), 'ignore expired')
})
