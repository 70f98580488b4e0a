import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readOutcome } from '../../../src/run/outcome.ts'
import { verdictOf } from '../../../src/run/run.ts'

test('an outcome is read as it was said', () => {
  const outcome = {
    found: true,
    coverage: { seen: 9, unreadable: 1, skipped: 2 },
    counts: { s1: 3 },
    errors: { unreadable: 1 },
    limit: 'limit-rows' as const
  }
  assert.deepEqual(readOutcome(JSON.parse(JSON.stringify(outcome))), outcome)
})

test('an outcome without its form never becomes a no', () => {
  const broken = [
    undefined,
    null,
    1,
    'done',
    [],
    {},
    { found: 'yes' },
    { coverage: null },
    { coverage: { seen: -1 } }
  ]
  for (const value of broken) {
    const { found, coverage, limit } = readOutcome(value)
    assert.equal(verdictOf(found, coverage, limit !== undefined), 'partial', JSON.stringify(value))
  }
})

test('anything at all is read without throwing, bounded', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const { counts, errors } = readOutcome({ counts: value, errors: value })
      for (const n of [...Object.values(counts), ...Object.values(errors)])
        assert.ok(Number.isSafeInteger(n) && n >= 0)
    })
  )
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`n${i}`, 1]))
  assert.equal(Object.keys(readOutcome({ counts: many }).counts).length, 256)
})

test('an unknown reason for the end is told as a failure of the module', () => {
  assert.equal(readOutcome({ limit: 'because' }).limit, 'module-failed')
})
