import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeCbor, encodeCbor } from '../../../src/codec.ts'
import { decodeItems, encodeItems, encodeNumber } from '../../../src/store/encode.ts'

const text = fc.string({ unit: 'grapheme' })
const list = fc.array(fc.oneof(text, fc.uint8Array()), { maxLength: 30 })
const long = fc.constantFrom(23, 24, 255, 256, 65_535, 65_536)

test('lists of texts and bytes, and numbers, are written as the codec writes them', () => {
  fc.assert(
    fc.property(list, items => {
      assert.deepEqual(encodeItems(items), encodeCbor(items))
      assert.deepEqual(decodeItems(encodeItems(items)), items)
    })
  )
  fc.assert(
    fc.property(long, length => {
      const items = ['a'.repeat(length), new Uint8Array(length)]
      assert.deepEqual(encodeItems(items), encodeCbor(items))
    })
  )
  fc.assert(
    fc.property(fc.maxSafeNat(), number => assert.deepEqual(encodeNumber(number), encodeCbor(number)))
  )
  for (const edge of [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])
    assert.deepEqual(encodeNumber(edge), encodeCbor(edge))
})

test('hostile: what is no such list, or is not whole, is refused and never read past its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      let items: unknown
      try {
        items = decodeItems(bytes)
      } catch {
        return
      }
      // Texts that are no UTF-8 are for who wrote the record: its digest held.
      if (Array.isArray(items) && items.every(item => item instanceof Uint8Array))
        assert.deepEqual(items, decodeCbor(bytes))
    })
  )
  fc.assert(
    fc.property(list, fc.nat(), (items, at) => {
      const bytes = encodeItems(items)
      assert.throws(() => decodeItems(bytes.subarray(0, at % bytes.length)), RangeError)
    })
  )
})
