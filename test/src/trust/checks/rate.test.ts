import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../../../src/limits.ts'
import { checkRate } from '../../../../src/trust/checks/rate.ts'
import type { Signer } from '../../../../src/trust/signers.ts'
import { testChecks } from '../../../support/host.ts'
import { TEST_POLICY } from '../../../support/mesh.ts'
import { stops } from '../../../support/stops.ts'

const signer = (name: string): Signer => ({
  person: { name, weight: 1, roles: ['investigator'], keys: [] },
  fingerprint: '',
  signature: new Uint8Array(0)
})

const asking = (...asked: [module: string, checks: number][]) => ({
  operations: asked.map(([module, checks], i) => ({ id: `o${i}`, module, params: { checks } }))
})

test('each signer is counted, and one too many is refused', async () => {
  const counted: string[] = []
  const context = {
    takeFromRate: (person: string) => counted.push(person) > 0 && person !== 'joe',
    contentChecks: testChecks
  }
  const says = (...names: string[]) =>
    stops(() => checkRate(asking(['file/1', 0]), names.map(signer), TEST_POLICY, context))
  assert.equal(await says('sonia', 'anna'), 'passes')
  assert.deepEqual(counted, ['sonia', 'anna'])
  assert.equal(await says('sonia', 'joe'), 'refuse rate')
})

test('checks about contents are counted where one person may ask them alone', async () => {
  const most = LIMITS.contentChecks
  const countedOf = async (...asked: Parameters<typeof asking>) => {
    let counted: number | undefined
    const takeFromRate = (_: string, checks: number) => {
      counted = checks
      return true
    }
    const context = { takeFromRate, contentChecks: testChecks }
    assert.equal(
      await stops(() => checkRate(asking(...asked), [signer('joe')], TEST_POLICY, context)),
      'passes'
    )
    return counted
  }
  assert.equal(await countedOf(['file/1', 3]), 3)
  assert.equal(await countedOf(['file/1', most]), most)
  assert.equal(await countedOf(['file/1', 3], ['memory/1', 4]), 7)
  assert.equal(await countedOf(['file/1', most + 1]), 0, 'it took the quorum of sensitive modules')
  assert.equal(await countedOf(['file/1', most], ['memory/1', 1]), 0)
  assert.equal(await countedOf(['memory/1', 3]), 0)
  assert.equal(await countedOf(['other/1', 3]), 0)
})
