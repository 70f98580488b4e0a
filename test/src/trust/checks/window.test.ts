import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTime, parseTime } from '../../../../src/clock.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { checkWindow } from '../../../../src/trust/checks/window.ts'
import { SAMPLES } from '../../../samples.ts'
import { TEST_POLICY } from '../../../support/mesh.ts'
import { stops } from '../../../support/stops.ts'

const action = SAMPLES['gumshoe/action/1']
const from = parseTime(action.validFrom)
const until = parseTime(action.expires)
const says = (change: object, now = from) =>
  stops(() => checkWindow({ ...action, ...change }, TEST_POLICY, now))

test('two clocks may differ by five minutes, and no more', async () => {
  const skew = LIMITS.clockSkewMs
  assert.equal(await says({}, from - skew), 'passes')
  assert.equal(await says({}, from - skew - 1), 'hold not-yet-valid')
  assert.equal(await says({}, until + skew), 'passes')
  assert.equal(await says({}, until + skew + 1), 'ignore expired')
})

test('a window begins before it ends and is not longer than the policy says', async () => {
  const most = TEST_POLICY.windowMaxS * 1_000
  assert.equal(await says({ expires: formatTime(from + most) }), 'passes')
  assert.equal(await says({ expires: formatTime(from + most + 1_000) }), 'ignore window')
  assert.equal(await says({ expires: action.validFrom }), 'ignore window')
  assert.equal(await says({ expires: formatTime(from - 1_000) }), 'ignore window')
})

test('a response has a shorter window, also among other operations', async () => {
  const operations = ['file/1', 'kill/1'].map((module, i) => ({ id: `o${i}`, module, params: {} }))
  assert.equal(await says({ operations, expires: formatTime(from + 3_600_000) }), 'passes')
  assert.equal(await says({ operations, expires: formatTime(from + 3_601_000) }), 'ignore window')
})
