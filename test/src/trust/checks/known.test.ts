import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkKnown } from '../../../../src/trust/checks/known.ts'
import { Seen } from '../../../../src/trust/seen.ts'
import { stops } from '../../../support/stops.ts'

test('an id that was accepted is ignored, another one is not', async () => {
  const seen = new Seen()
  seen.add('a')
  assert.equal(await stops(() => checkKnown('a', seen)), 'ignore known')
  assert.equal(await stops(() => checkKnown('b', seen)), 'passes')
})
