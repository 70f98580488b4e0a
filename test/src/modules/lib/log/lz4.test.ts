import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codeOf } from '../../../../../src/errors.ts'
import { lz4Block } from '../../../../../src/modules/lib/log/lz4.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

test('literals, matches, matches over themselves and long lengths', () => {
  assert.equal(lz4Block(hex('30 616263'), 3).toString(), 'abc')
  // abc, then twelve bytes from three back, then the last literal.
  assert.equal(lz4Block(hex('38 616263 0300 10 7a'), 16).toString(), 'abcabcabcabcabcz')
  assert.equal(
    lz4Block(hex('1f 61 0100 ff 00 10 7a'), 1 + 4 + 15 + 255 + 1).toString(),
    `${'a'.repeat(275)}z`
  )
  assert.equal(lz4Block(hex('00'), 0).length, 0)
})

test('what is no block is refused', () => {
  for (const [block, size] of [
    ['30 6162', 3],
    ['30 616263', 2],
    ['30 616263', 4],
    ['38 616263 0000 10 7a', 16],
    ['38 616263 0400 10 7a', 16],
    ['38 616263 03', 16],
    ['38 616263 0300 10 7a', 12],
    ['f0 ff', 300]
  ] as const)
    assert.throws(
      () => lz4Block(hex(block), size),
      error => codeOf(error) === 'unreadable',
      block
    )
})

test('any bytes give what was promised, or are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 2_000 }), (block, size) => {
      try {
        assert.equal(lz4Block(block, size).length, size)
      } catch (error) {
        assert.equal(codeOf(error), 'unreadable')
      }
    }),
    { numRuns: 3_000 }
  )
})
