import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Attachment, attachmentsOf } from '../../../src/documents/attachment.ts'
import { LIMITS } from '../../../src/limits.ts'

const named = (digit: string, bytes = 5): Attachment => ({ attachment: digit.repeat(64), bytes })
const of = (...params: unknown[]) =>
  attachmentsOf({ operations: params.map(one => ({ params: one as Record<string, never> })) })

test('attachments are found wherever they stand in the parameters, each once, in order', () => {
  const params = { a: [{ b: { c: named('1') } }, named('2')], d: named('1') }
  assert.deepEqual(of(params, { e: named('3') }), [named('1'), named('2'), named('3')])
  assert.deepEqual(of({ a: 'attachment', b: [1, true, 'x'.repeat(64)] }), [])
})

test('what uses the word in another form is refused', () => {
  for (const bad of [
    { attachment: 'x', bytes: 1 },
    { attachment: 'a'.repeat(64) },
    { attachment: 'A'.repeat(64), bytes: 1 },
    { ...named('1'), more: 1 },
    named('1', 0),
    named('1', 1.5),
    named('1', LIMITS.attachmentBytes + 1),
    { attachment: named('1'), bytes: 1 }
  ])
    assert.throws(() => of({ a: [bad] }), { code: 'bad-params' }, JSON.stringify(bad))
  assert.throws(() => of({ a: named('1', 1) }, { a: named('1', 2) }), { code: 'bad-params' })
})

test('more than an action may name are refused', () => {
  const all = Array.from({ length: LIMITS.attachments + 1 }, (_, i) => named(String(i)))
  assert.equal(of({ all: all.slice(1) }).length, LIMITS.attachments)
  assert.throws(() => of({ all }), { code: 'too-large' })
})

test('any parameters are read, or refused with a code', () => {
  const value = fc.jsonValue({ maxDepth: 6 })
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'attachment', 'bytes'), value), params => {
      try {
        assert.ok(of(params).length <= LIMITS.attachments)
      } catch (error) {
        assert.match((error as { code: string }).code, /^(bad-params|too-large)$/)
      }
    })
  )
})
