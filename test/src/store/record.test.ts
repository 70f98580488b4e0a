import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { digestIn, digestOf, unwrapRecord, wrapRecord, wrapRecords } from '../../../src/store/record.ts'

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

test('records of one batch stand beside each other, each as if it were alone', () => {
  const content = fc.record({ key: fc.string({ unit: 'grapheme' }), value: bytes })
  fc.assert(
    fc.property(fc.array(content, { maxLength: 20 }), contents => {
      // They hold until the next are wrapped.
      const records = wrapRecords(contents).map(record => new Uint8Array(record))
      for (const [i, { key, value }] of contents.entries()) {
        assert.deepEqual(records[i], wrapRecord(key, value))
        assert.deepEqual(unwrapRecord(key, records[i]!), value)
        assert.deepEqual(new Uint8Array(digestIn(records[i]!)), new Uint8Array(digestOf(key, value)))
      }
    })
  )
})
