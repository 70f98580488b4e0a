import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeCbor } from '../../../src/codec.ts'
import { type AnswerBody, decodeBody, encodeBodies, joinBodies } from '../../../src/documents/body.ts'
import { LIMITS } from '../../../src/limits.ts'
import { makeSealKey, sealAnswer } from '../../../src/trust/seal.ts'

const body = (rows: AnswerBody['rows']): AnswerBody => ({
  state: 'done',
  verdict: 'yes',
  coverage: { seen: 3, unreadable: 0, skipped: 0 },
  counts: { s1: rows.length },
  errors: {},
  rows
})

const bytes = (n: number, fill = 1) => new Uint8Array(n).fill(fill)

test('a body comes back from its parts as it was, however small they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 300 }).map(n => ({ path: bytes(n) }))),
      fc.integer({ min: 600, max: 3_000 }),
      (rows, maxBytes) => {
        const parts = encodeBodies(body(rows), { maxBytes, maxParts: 1_000 })
        for (const part of parts) assert.ok(part.length <= maxBytes)
        assert.deepEqual(joinBodies(parts.map(decodeBody)), body(rows))
      }
    )
  )
})

test('rows beyond the last part are left out, and the answer says so', () => {
  const rows = Array.from({ length: 50 }, (_, i) => ({ path: bytes(100, i) }))
  const parts = encodeBodies(body(rows), { maxBytes: 600, maxParts: 3 })
  assert.equal(parts.length, 3)
  const { state, code, truncated, verdict, rows: kept } = joinBodies(parts.map(decodeBody))
  assert.deepEqual([state, code, truncated, verdict], ['limit', 'limit-bytes', true, 'yes'])
  assert.ok(kept.length > 5 && kept.length < 50)
})

test('one row that fits no part is left out, those after it are not', () => {
  const rows = [{ path: bytes(10) }, { path: bytes(5_000) }, { path: bytes(20) }]
  const joined = joinBodies(encodeBodies(body(rows), { maxBytes: 600 }).map(decodeBody))
  assert.deepEqual(joined.rows, [rows[0], rows[2]])
  assert.equal(joined.truncated, true)
})

test('a part that is as large as it may be can be sealed into one frame', () => {
  const row = { path: bytes(4_096) }
  const rows = Array.from({ length: 400 }, () => row)
  const [first] = encodeBodies(body(rows))
  const place = { mesh: 'a'.repeat(64), action: 'b'.repeat(64), op: 'o1', agent: 'x', seq: 1, part: 0 }
  const sealed = sealAnswer(makeSealKey().publicKey, place, first!)
  assert.ok(first!.length > LIMITS.bodyBytes / 2 && sealed.length <= LIMITS.bodyBytes)
})

test('what is no body is refused as malformed', () => {
  const wrong: unknown[] = [
    {},
    { state: 'done' },
    { state: 'perhaps', rows: [] },
    { state: 'done', rows: [], extra: 1 },
    { state: 'done', rows: [{ path: [1.5] }] },
    { state: 'done', rows: [], verdict: 'maybe' },
    { state: 'done', rows: [], coverage: { seen: -1, unreadable: 0, skipped: 0 } }
  ]
  for (const value of wrong) assert.throws(() => decodeBody(encodeCbor(value)), { code: 'malformed' })
  assert.throws(() => decodeBody(new Uint8Array([0xff, 0x00])), { code: 'malformed' })
})
