import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Digests } from '../../../src/store/digests.ts'

const digest = fc.uint8Array({ minLength: 8, maxLength: 8 })

test('what was added is there, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(digest, { maxLength: 3_000, size: 'max' }), digest, (added, other) => {
      const digests = new Digests()
      for (const one of added) digests.add(one)
      digests.close()
      assert.ok(added.every(one => digests.has(one)))
      const isAmong = added.some(one => Buffer.compare(one, other) === 0)
      assert.equal(digests.has(other), isAmong)
    }),
    { numRuns: 30 }
  )
})

test('of none there is none', () => {
  const digests = new Digests()
  digests.close()
  assert.equal(digests.has(new Uint8Array(8)), false)
})
