import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { UtmpReader, utmpRecords } from '../../../../../src/modules/lib/accounts/utmp.ts'
import { LINE_BYTES, LogLines } from '../../../../../src/modules/lib/log/log-lines.ts'

const linesOf = (chunks: readonly Buffer[]): [string, boolean][] => {
  const lines: [string, boolean][] = []
  const cutter = new LogLines((line, cut) => lines.push([line.toString('latin1'), cut]))
  for (const chunk of chunks) cutter.take(chunk)
  cutter.finish()
  return lines
}

test('lines are the same however the stream is cut', () => {
  const text = fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', '\0', 'é', '\r'), { maxLength: 30 })
  fc.assert(
    fc.property(
      text,
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
      (parts, sizes) => {
        const all = Buffer.from(parts.join(''))
        const chunks: Buffer[] = []
        for (let at = 0, i = 0; at < all.length; at += sizes[i++ % sizes.length]!)
          chunks.push(all.subarray(at, at + sizes[i % sizes.length]!))
        const expected = all.toString('latin1').split('\n')
        if (expected.at(-1) === '') expected.pop()
        assert.deepEqual(
          linesOf(chunks),
          expected.map(line => [line.replace(/\r$/, ''), false])
        )
      }
    ),
    { numRuns: 3_000 }
  )
})

test('a line of any length is told by its beginning, and what follows it is not lost', () => {
  const long = Buffer.alloc(3 * LINE_BYTES, 'x')
  for (const size of [7_001, LINE_BYTES, 5 * LINE_BYTES]) {
    const all = Buffer.concat([Buffer.from('one\n'), long, Buffer.from('\ntwo\n')])
    const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
      all.subarray(i * size, (i + 1) * size)
    )
    const lines = linesOf(chunks)
    assert.deepEqual(
      lines.map(([line, cut]) => [line.length, cut]),
      [
        [3, false],
        [LINE_BYTES, true],
        [3, false]
      ]
    )
  }
})

test('no bytes crash the reader of log-ins', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), bytes => {
      const whole = utmpRecords(Buffer.from(bytes))
      assert.ok(whole.length <= bytes.length / 384)
      for (const { at, type } of whole)
        assert.ok(Number.isSafeInteger(at) && at > 0 && Number.isInteger(type))
    }),
    { numRuns: 1_000 }
  )
})

test('records of log-ins are the same however the stream is cut, and a torn one is told', () => {
  for (const size of [384, 400]) {
    const file = Buffer.alloc(5 * size)
    for (let i = 0; i < 5; i++) {
      file.writeInt16LE(7, i * size)
      file.write(`user${i}`, i * size + 44)
      file.writeUInt32LE(1_000 + i, i * size + (size === 384 ? 340 : 344))
    }
    for (let cut = 800; cut < file.length; cut += 37) {
      const users: string[] = []
      const reader = new UtmpReader(({ user, at }) => users.push(`${user} ${at}`), file.length)
      for (let at = 0; at < file.length; at += cut) reader.take(file.subarray(at, at + cut))
      assert.deepEqual(
        users,
        [0, 1, 2, 3, 4].map(i => `user${i} ${(1_000 + i) * 1_000}`)
      )
      assert.equal(reader.torn, false)
      reader.take(file.subarray(0, 7))
      assert.ok(reader.torn)
    }
  }
})
