import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRate } from '../../../../src/trust/checks/rate.ts'
import type { Signer } from '../../../../src/trust/signers.ts'
import { stops } from '../../../support/stops.ts'

const signer = (name: string): Signer => ({
  person: { name, weight: 1, roles: ['investigator'], keys: [] },
  fingerprint: '',
  signature: new Uint8Array(0)
})

test('each signer is counted, and one too many is refused', async () => {
  const counted: string[] = []
  const takeFromRate = (person: string) => counted.push(person) > 0 && person !== 'joe'
  assert.equal(await stops(() => checkRate([signer('sonia'), signer('anna')], { takeFromRate })), 'passes')
  assert.deepEqual(counted, ['sonia', 'anna'])
  assert.equal(
    await stops(() => checkRate([signer('sonia'), signer('joe')], { takeFromRate })),
    'refuse rate'
  )
})
