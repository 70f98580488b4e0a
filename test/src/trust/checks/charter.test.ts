import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTime } from '../../../../src/clock.ts'
import { checkCharter } from '../../../../src/trust/checks/charter.ts'
import { SAMPLES } from '../../../samples.ts'
import { stops } from '../../../support/stops.ts'

const action = SAMPLES['gumshoe/action/1']
const charter = SAMPLES['gumshoe/charter/1']
const end = parseTime(charter.expires)
const says = (version: number, now: number) =>
  stops(() => checkCharter({ ...action, charter: version }, charter, now))

test('an action that names a newer charter waits for it, one of an older charter does not', async () => {
  assert.equal(await says(1, end), 'passes')
  assert.equal(await says(charter.version, end), 'passes')
  assert.equal(await says(charter.version + 1, end), 'hold charter-newer')
})

test('an expired charter allows nothing', async () => {
  assert.equal(await says(2, end), 'passes')
  assert.equal(await says(2, end + 1), 'ignore charter-expired')
})
