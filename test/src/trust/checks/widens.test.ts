import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkWidens } from '../../../../src/trust/checks/widens.ts'
import type { Decision } from '../../../../src/trust/gate-context.ts'
import { SAMPLES } from '../../../samples.ts'
import { stops } from '../../../support/stops.ts'

const action = SAMPLES['gumshoe/action/1']
const says = (decision: Decision | undefined, widens: string | undefined = action.widens) =>
  stops(() =>
    checkWidens({ ...action, widens }, { decided: id => (id === action.widens ? decision : undefined) })
  )

test('who ran the narrower action ignores the wider one; who refused it, or never got it, does not', async () => {
  assert.equal(await says('run'), 'ignore known')
  assert.equal(await says('ceiling'), 'passes')
  assert.equal(await says(undefined), 'passes')
  assert.equal(
    await stops(() => checkWidens({ ...action, widens: undefined }, { decided: () => 'run' })),
    'passes'
  )
})
