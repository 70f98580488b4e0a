import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LIMITS } from '../../../../../src/limits.ts'
import type { Mapping } from '../../../../../src/modules/lib/memory/memory-maps.ts'
import { Stretches } from '../../../../../src/modules/lib/memory/memory-stretches.ts'

const mapping = (from: number, to: number, name: string): Mapping => ({
  from,
  to,
  rights: 'rw-p',
  name: Buffer.from(name)
})

/** What comes of pieces at their addresses, copied, since the room is used again. */
const put = (pieces: readonly (readonly [number, string | Buffer, Mapping])[]) => {
  const stretches = new Stretches()
  const all: { address: number; bytes: Buffer; rights: string | undefined }[] = []
  const take = (
    some: Iterable<{ bytes: Buffer; address: number; mappingAt(a: number): Mapping | undefined }>
  ) => {
    for (const { bytes, address, mappingAt } of some)
      all.push({ address, bytes: Buffer.from(bytes), rights: mappingAt(address)?.rights })
  }
  for (const [address, bytes, held] of pieces)
    take(stretches.take({ bytes: Buffer.from(bytes), carried: 0, address, last: false }, held))
  take(stretches.end())
  return { all, cuts: stretches.cuts }
}

test('neighbours of one file are judged as one, with zeros where nothing is; others by themselves', () => {
  const [text, data] = [mapping(0x1000, 0x3000, '/bin/a'), mapping(0x3000, 0x9000, '/bin/a')]
  const { all } = put([
    [0x1000, 'begin', text],
    [0x3000, 'data', data],
    [0x9000, 'heap', mapping(0x9000, 0xa000, '[heap]')],
    [0x9000 + 2 * LIMITS.yaraGapBytes, 'far', mapping(0x9000, 2 ** 40, '[heap]')]
  ])
  assert.deepEqual(
    all.map(({ address, bytes }) => [address, bytes.length, bytes.toString('latin1').replace(/\0+/, ' ')]),
    [
      [0x1000, 0x2004, 'begin data'],
      [0x9000, 4, 'heap'],
      [0x9000 + 2 * LIMITS.yaraGapBytes, 3, 'far']
    ]
  )
  assert.deepEqual(
    all.map(({ rights }) => rights),
    ['rw-p', 'rw-p', 'rw-p']
  )
})

test('what is too long is judged in parts that overlap, and told', () => {
  const large = mapping(0, 2 ** 40, '')
  const piece = Buffer.alloc(1 << 20, 0x61)
  const count = LIMITS.yaraFileBytes / piece.length
  const pieces = Array.from({ length: count + 1 }, (_, i) => [i * piece.length, piece, large] as const)
  pieces[count] = [count * piece.length, Buffer.from('end'), large]
  const { all, cuts } = put(pieces)
  assert.deepEqual([all.length, cuts], [2, 1])
  const [first, second] = all
  assert.equal(first!.bytes.length, LIMITS.yaraFileBytes)
  assert.ok(second!.bytes.length > 3 && second!.bytes.toString('latin1').endsWith('aend'))
  assert.equal(second!.address + second!.bytes.length, count * piece.length + 3)
})

test('every byte is judged where it lies, however pieces come', () => {
  const step = fc.record({
    gap: fc.oneof(fc.constant(0), fc.nat(5_000), fc.constant(LIMITS.yaraGapBytes + 1)),
    bytes: fc.uint8Array({ maxLength: 64 }),
    file: fc.constantFrom('/a', '/b', '')
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), steps => {
      let at = 0x1000
      const pieces = steps.map(({ gap, bytes, file }) => {
        const address = at + gap
        at = address + bytes.length
        return [address, Buffer.from(bytes), mapping(address, at + 1, file)] as const
      })
      const { all, cuts } = put(pieces)
      assert.equal(cuts, 0)
      for (const [address, bytes] of pieces) {
        if (bytes.length === 0) continue
        const held = all.filter(
          stretch => address >= stretch.address && address < stretch.address + stretch.bytes.length
        )
        assert.equal(held.length, 1)
        const from = address - held[0]!.address
        assert.deepEqual(held[0]!.bytes.subarray(from, from + bytes.length), bytes)
      }
    })
  )
})
