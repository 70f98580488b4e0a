import assert from 'node:assert/strict'
import { test } from 'node:test'
import { list, moment, percent, span } from '../../../console/views/words.ts'

test('moments and spans as a person says them', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  assert.equal(moment(now + 86_400_000, now), 'Wed 12:00')
  assert.equal(moment(now + 14 * 86_400_000, now), '2026-12-08 12:00')
  assert.deepEqual([0, 89_000, 90_000, 5_400_000, 172_800_000].map(span), [
    '0 s',
    '89 s',
    '2 min',
    '2 h',
    '2 d'
  ])
  assert.equal(span(-5), '0 s')
})

test('numbers and lists', () => {
  assert.equal(list(['a', 'b', 'c'], 2), 'a b … +1')
  assert.equal(percent(50_000), '5 %')
})
