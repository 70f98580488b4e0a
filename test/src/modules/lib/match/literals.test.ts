import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CHUNK, kernel } from '../../../../../src/modules/lib/match/kernel.ts'
import { LiteralSearch } from '../../../../../src/modules/lib/match/literals.ts'

type Texts = readonly (readonly [text: string, ignoreCase: boolean])[]

const spotsOf = (bytes: Buffer, texts: Texts): string[] => {
  const spots: string[] = []
  const search = LiteralSearch.of(texts.map(([text, ignoreCase]) => [text, { text, ignoreCase }] as const))!
  search.in(bytes, (text, at) => {
    spots.push(`${text} ${at}`)
    return false
  })
  return spots.sort()
}

const byHand = (bytes: Buffer, texts: Texts): string[] =>
  texts
    .flatMap(([text, ignoreCase]) => {
      const folded = (value: string) => (ignoreCase ? value.toLowerCase() : value)
      const hay = folded(bytes.toString('latin1'))
      const spots: string[] = []
      for (let at = hay.indexOf(folded(text)); at >= 0; at = hay.indexOf(folded(text), at + 1))
        spots.push(`${text} ${at}`)
      return spots
    })
    .sort()

test('every place of every literal, and no other, in the memory of the kernel and outside of it', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), minLength: 3, maxLength: 6 })
  const texts = fc.uniqueArray(fc.tuple(text, fc.boolean()), {
    minLength: 1,
    maxLength: 40,
    selector: ([each]) => each
  })
  const bytes = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', 'B', '-', '\n', 'x'), maxLength: 90 })
  fc.assert(
    fc.property(texts, bytes, (wanted, content) => {
      const outside = Buffer.from(content, 'latin1')
      const spots = byHand(outside, wanted)
      assert.deepEqual(spotsOf(outside, wanted), spots)
      // What stands behind it is not part of it.
      kernel()!.memory.fill('abc-', CHUNK, CHUNK + 200)
      const inside = kernel()!.memory.subarray(CHUNK, CHUNK + outside.length)
      inside.set(outside)
      assert.deepEqual(spotsOf(inside, wanted), spots)
    }),
    { numRuns: 1_000 }
  )
})

test('pieces that are copied in leave no gap between them', () => {
  const bytes = Buffer.alloc(100_000, 'x')
  for (let at = 32_700; at < 32_800; at++) {
    bytes.write('Needle', at)
    assert.deepEqual(spotsOf(bytes, [['needle', true]]), [`needle ${at}`])
    bytes.fill('x', at, at + 6)
  }
})

test('who says that it is enough is told no more', () => {
  let told = 0
  const search = LiteralSearch.of([[0, { text: 'abc', ignoreCase: false }]])!
  search.in(Buffer.alloc(3_000, 'abc'), () => ++told === 5)
  assert.equal(told, 5)
})
