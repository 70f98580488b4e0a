import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminsInForce, isInForce, ownerOf } from '../../../src/trust/persons.ts'
import { SAMPLES } from '../../samples.ts'

const charter = SAMPLES['gumshoe/charter/1']
const [anna, julien] = charter.persons as [(typeof charter.persons)[0], (typeof charter.persons)[0]]
const print = anna.keys[0]!.fingerprint
const revoking = (list: 'persons' | 'keys', value: string) => ({
  ...charter,
  revoked: { ...charter.revoked, [list]: [value] }
})

test('a key belongs to one person, by its full primary fingerprint', () => {
  assert.equal(ownerOf(charter, print), anna)
  assert.equal(ownerOf(charter, print.slice(0, -1)), undefined)
  assert.equal(ownerOf(charter, print.toUpperCase()), undefined)
})

test('who or whose key is revoked is not in force; others are', () => {
  assert.ok(isInForce(charter, anna, print))
  assert.ok(!isInForce(revoking('persons', 'anna'), anna, print))
  assert.ok(!isInForce(revoking('keys', print), anna, print))
  assert.ok(isInForce(revoking('persons', 'anna'), julien, julien.keys[0]!.fingerprint))
})

test('an admin in force has the role and a key that is not revoked', () => {
  assert.deepEqual(adminsInForce(charter), [anna])
  assert.deepEqual(adminsInForce(revoking('keys', print)), [])
  assert.deepEqual(adminsInForce(revoking('persons', 'anna')), [])
  const second = { fingerprint: 'b'.repeat(40), key: 'AAAA' }
  const twoKeys = { ...anna, keys: [...anna.keys, second] }
  assert.deepEqual(adminsInForce({ ...revoking('keys', print), persons: [twoKeys] }), [twoKeys])
})
