import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lineCutter } from '../../../src/run/words.ts'

test('lines come out as they went in, however the pipe cuts them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 20 }).map(text => text.replaceAll('\n', ' '))),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (lines, sizes) => {
        const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''))
        const out: string[] = []
        const cut = lineCutter(1_000, line => out.push(line))
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length]!
          assert.ok(cut(bytes.subarray(at, at + size)))
          at += size
        }
        assert.deepEqual(out, lines)
      }
    )
  )
})

test('a line that is too long is told as soon as it is, and never held', () => {
  const out: string[] = []
  const cut = lineCutter(10, line => out.push(line))
  assert.ok(cut(Buffer.from('0123456789\n01234')))
  assert.equal(cut(Buffer.from('567890')), false)
  assert.deepEqual(out, ['0123456789'])
})
