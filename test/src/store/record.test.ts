import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { unwrapRecord, wrapRecord } from '../../../src/store/record.ts'

const bytes = fc.uint8Array({ maxLength: 300 })

test('a record gives back what was put into it', () => {
  fc.assert(
    fc.property(fc.string(), bytes, (key, value) => {
      assert.deepEqual(unwrapRecord(key, wrapRecord(key, value)), value)
    })
  )
})

test('any flipped bit, lost end or added byte is noticed', () => {
  fc.assert(
    fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
      const record = wrapRecord('k', value)
      const place = at % record.length
      const flipped = record.slice()
      flipped[place]! ^= flip
      assert.equal(unwrapRecord('k', flipped), undefined)
      assert.equal(unwrapRecord('k', record.subarray(0, place)), undefined)
      assert.equal(unwrapRecord('k', new Uint8Array([...record, flip])), undefined)
    })
  )
})

test('a value under another key is damage', () => {
  const record = wrapRecord('doc/a', new Uint8Array([1, 2, 3]))
  assert.equal(unwrapRecord('doc/b', record), undefined)
})
