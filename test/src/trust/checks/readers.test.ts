import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReaders } from '../../../../src/trust/checks/readers.ts'
import { SAMPLES } from '../../../samples.ts'
import { stops } from '../../../support/stops.ts'

const charter = SAMPLES['gumshoe/charter/1']
const [anna, julien] = charter.persons.map(({ keys }) => keys[0]!.fingerprint)
const says = (readers: string[], revoked = {}) =>
  stops(() =>
    checkReaders(
      { ...SAMPLES['gumshoe/action/1'], readers },
      { ...charter, revoked: { ...charter.revoked, ...revoked } }
    )
  )

test('readers are persons in force', async () => {
  assert.equal(await says([]), 'passes')
  assert.equal(await says([anna!, julien!]), 'passes')
  assert.equal(await says([anna!, 'e'.repeat(40)]), 'ignore policy')
  assert.equal(await says([anna!, julien!], { persons: ['julien'] }), 'ignore policy')
  assert.equal(await says([anna!, julien!], { keys: [anna!] }), 'ignore policy')
})
