import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatTime, parseTime } from '../../src/clock.ts'

test('times in documents have one form, and anything else is no time rather than an error', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), s => {
      assert.equal(parseTime(formatTime(s * 1000)), s * 1000)
    })
  )
  for (const text of [
    '',
    'now',
    '2026-11-24',
    '2026-11-24T09:00:00',
    '2026-11-24T09:00:00.000Z',
    '2026-11-24t09:00:00z',
    '2026-11-24T09:00:00+00:00',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T25:00:00Z',
    '2026-12-31T23:59:60Z',
    '2026-00-00T00:00:00Z',
    ' 2026-11-24T09:00:00Z',
    '2026-11-24T09:00:00Z\n',
    '+012026-11-24T09:00:00Z'
  ])
    assert.equal(parseTime(text), Number.NaN, JSON.stringify(text))
  fc.assert(fc.property(fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), text => void parseTime(text)))
})
