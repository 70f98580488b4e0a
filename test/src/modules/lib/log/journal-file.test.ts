import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { madeJournal, readJournal, realJournal } from '../../../../support/journal.ts'

const T = Date.parse('2026-11-23T00:00:00Z')

for (const name of ['wide-zstd', 'compact-zstd', 'wide-plain'] as const)
  test(`a real journal is read whole, however it is cut: ${name}`, () => {
    const bytes = realJournal(name)
    for (const sizes of [[1 << 18], [4_096], [1, 50_000, 13]]) {
      const { entries, missed } = readJournal(bytes, sizes)
      assert.deepEqual([entries.length, missed], [64, []])
      assert.deepEqual(entries[0], {
        time: T,
        unit: 'ssh.service',
        program: 'sshd',
        priority: 6,
        matched: []
      })
      const needles = entries.filter(({ matched }) => matched.length > 0)
      assert.deepEqual(
        needles.map(({ unit, program, priority }) => [unit, program, priority]),
        [
          ['app.service', 'app', 3],
          ['d.service', 'daemon', 2],
          [undefined, 'kernel', 0]
        ]
      )
      // The clock of that host went back by a day for one entry.
      assert.equal(entries.filter(({ time }) => time < T).length, 1)
    }
  })

/** Made by lz4.block.compress of python3-lz4 4.0.2 of `MESSAGE=needle in a long one ` + 30 times `lorem ipsum dolor sit amet ` + `end`. */
const LZ4 = Buffer.from(
  'ff284d4553534147453d6e6565646c6520696e2061206c6f6e67206f6e65206c6f72656d20697073756d20646f6c6f722073697420616d65741b00fffffd507420656e64',
  'hex'
)

const lz4 = (size: number, block: Buffer): { flag: number; packed: Buffer } => {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(size))
  return { flag: 2, packed: Buffer.concat([length, block]) }
}

test('fields that are packed with LZ4 and zstd are looked at, those with xz are told', () => {
  for (const compact of [false, true]) {
    const { entries, missed } = readJournal(
      madeJournal(
        [
          { time: 1, fields: [lz4(842, LZ4), '_COMM=a'] },
          {
            time: 2,
            fields: [{ flag: 4, packed: zstdCompressSync(Buffer.from(`MESSAGE=${'x'.repeat(600)}needle`)) }]
          },
          {
            time: 3,
            fields: [{ flag: 1, packed: Buffer.from('fd377a585a00', 'hex') }, 'SYSLOG_IDENTIFIER=b']
          }
        ],
        compact
      )
    )
    assert.deepEqual(
      entries.map(({ matched, program }) => [matched, program]),
      [
        [[0], 'a'],
        [[0], undefined],
        [[], 'b']
      ]
    )
    assert.deepEqual(missed, ['unsupported'])
  }
})

test('what is damaged, too large or of a newer kind is told, and the rest is read', () => {
  const made = (field: string | { flag: number; packed: Buffer }) =>
    readJournal(
      madeJournal([
        { time: 1, fields: [field] },
        { time: 2, fields: ['MESSAGE=needle'] }
      ])
    )
  const bomb = zstdCompressSync(Buffer.alloc(64 << 20))
  const cases: [Parameters<typeof made>[0], string][] = [
    [lz4(842, LZ4.subarray(1)), 'unreadable'],
    [lz4(841, LZ4), 'unreadable'],
    [lz4(2 ** 40, LZ4), 'limit-bytes'],
    [{ flag: 4, packed: Buffer.from('no zstd') }, 'unreadable'],
    [{ flag: 4, packed: bomb }, 'limit-bytes'],
    [`MESSAGE=${'x'.repeat(5 << 20)}`, 'too-large']
  ]
  for (const [field, code] of cases) {
    const { entries, missed } = made(field)
    assert.deepEqual([entries.map(({ matched }) => matched), missed], [[[], [0]], [code]], code)
  }
  // A field that nobody asks about may be of any size.
  assert.deepEqual(made(`COREDUMP=${'x'.repeat(5 << 20)}`).missed, [])
  const newer = madeJournal([])
  newer.writeUInt32LE(1 << 5, 12)
  assert.deepEqual(readJournal(newer).missed, ['unsupported'])
})

test('a file that ends too early, or says that it has more entries, is told', () => {
  const bytes = madeJournal(Array.from({ length: 5 }, (_, i) => ({ time: i, fields: ['MESSAGE=needle'] })))
  for (let length = 0; length < bytes.length; length += 7) {
    const { entries, missed } = readJournal(bytes.subarray(0, length))
    assert.ok(entries.length <= 5 && missed.length === 1, String(length))
  }
  bytes.writeBigUInt64LE(6n, 152)
  assert.deepEqual(readJournal(bytes).missed, ['damaged'])
})

test('no bytes that are flipped in a real journal crash the reader, or make it tell more than there is', () => {
  for (const name of ['wide-zstd', 'compact-zstd'] as const) {
    const bytes = realJournal(name)
    const objects = bytes.indexOf('MESSAGE=') - 200
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.oneof(fc.integer({ min: 0, max: 263 }), fc.integer({ min: objects, max: objects + 40_000 })),
            fc.integer({ min: 1, max: 255 })
          ),
          { minLength: 1, maxLength: 4 }
        ),
        flips => {
          for (const [at, mask] of flips) bytes[at]! ^= mask
          const { entries } = readJournal(bytes)
          for (const [at, mask] of flips) bytes[at]! ^= mask
          assert.ok(entries.length <= 4_000)
        }
      ),
      { numRuns: 150 }
    )
  }
})

test('no bytes at all crash it', () => {
  const small = madeJournal([{ time: 1, fields: ['MESSAGE=needle', 'PRIORITY=3', '_COMM=x'] }])
  const flips = fc.array(
    fc.tuple(fc.integer({ min: 0, max: small.length - 1 }), fc.integer({ min: 0, max: 255 }))
  )
  fc.assert(
    fc.property(
      flips,
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 3 }),
      (all, sizes) => {
        const bytes = Buffer.from(small)
        for (const [at, value] of all) bytes[at] = value
        const whole = readJournal(bytes)
        assert.deepEqual(readJournal(bytes, sizes), whole)
        assert.ok(whole.entries.length <= small.length / 64)
      }
    ),
    { numRuns: 2_000 }
  )
})
