import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LIMITS } from '../../../../../src/limits.ts'
import { compileMemory, type MemoryCheck } from '../../../../../src/modules/lib/memory/memory-checks.ts'
import { CARRY, MemoryScan } from '../../../../../src/modules/lib/memory/memory-scan.ts'

const ACCOUNTS = { user: String, group: String }
const BASE = 0x7000_0000_0000

const checksOf = (search: { texts?: string[]; contents?: string[] }): readonly MemoryCheck[] =>
  compileMemory({ label: 's', ...search }, ACCOUNTS).checks

/** Where each check matches, by a reader that hands out pieces of these sizes. */
const scanned = (bytes: Buffer, checks: readonly MemoryCheck[], sizes: readonly number[]): string[] => {
  const found: string[] = []
  const scan = new MemoryScan(checks)
  let [at, kept, i] = [0, 0, 0]
  while (at < bytes.length) {
    const end = Math.min(bytes.length, at + sizes[i++ % sizes.length]!)
    const last = end === bytes.length
    scan.take(
      { bytes: bytes.subarray(at - kept, end), carried: kept, address: BASE + at - kept, last },
      {
        isOpen: () => true,
        found: (check, from, to) => found.push(`${check.label} ${from - BASE}-${to - BASE}`)
      }
    )
    kept = Math.min(CARRY, end - (at - kept))
    at = end
  }
  return found.sort()
}

const UNITS = ['needle', 'NEEDLE', 'need', 'le-', 'x', '\n', '  ', '\0', 'ä', '\xff', 'needle-7 ', '12']
const EXPRESSIONS = [
  'needle-?\\d+',
  '(?i)needle',
  '\\bneedle\\b',
  '[0-9]{2}x',
  'ne+d.e',
  'needle|12x',
  'x\\x00'
]

test('however memory is cut into pieces, the same matches are found, each once', () => {
  const filler = fc.constantFrom(0, 0, 0, 1_000, LIMITS.memoryMatchBytes - 3, LIMITS.memoryMatchBytes, 9_000)
  const part = fc.tuple(filler, fc.constantFrom(...UNITS))
  const sizes = fc.array(fc.integer({ min: 1, max: 6_000 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 24 }), sizes, (parts, cut) => {
      const bytes = Buffer.concat(
        parts.map(([gap, unit]) => Buffer.concat([Buffer.alloc(gap, '.'), Buffer.from(unit, 'latin1')]))
      )
      const checks = checksOf({ texts: ['needle', 'edl'], contents: EXPRESSIONS })
      const byHand = checks.flatMap(check => {
        if (check.pattern !== undefined)
          return [...check.pattern.matches(bytes, 0)].map(({ from, to }) => `${check.label} ${from}-${to}`)
        const wanted = check.required![0]!.text
        const spots: string[] = []
        for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1))
          spots.push(`${check.label} ${at}-${at + wanted.length}`)
        return spots
      })
      assert.deepEqual(scanned(bytes, checks, cut), byHand.sort())
    }),
    { numRuns: 80 }
  )
})

test('a match as long as the limit is found across any border', () => {
  const long = `needle${'y'.repeat(LIMITS.memoryMatchBytes - 12)}needle`
  const checks = checksOf({ contents: ['needley+needle'] })
  for (const before of [0, 1, 4_000, 4_096, 8_191, 70_000]) {
    const bytes = Buffer.from(`${'.'.repeat(before)}${long}${'.'.repeat(5_000)}`)
    for (const size of [1_000, 4_096, 5_000, 65_536])
      assert.equal(scanned(bytes, checks, [size]).length, 1, `${before} ${size}`)
  }
})

test('a text without a match near it costs no look at the rest', () => {
  const scan = new MemoryScan(checksOf({ contents: ['needle-\\d+'] }))
  const bytes = Buffer.alloc(1 << 20, '.')
  bytes.write('needle-x', 500_000)
  scan.take(
    { bytes, carried: 0, address: BASE, last: true },
    { isOpen: () => true, found: () => assert.fail() }
  )
  assert.ok(scan.worked > 0 && scan.worked < 3 * LIMITS.memoryMatchBytes, String(scan.worked))
})
