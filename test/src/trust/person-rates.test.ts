import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PersonRates } from '../../../src/trust/person-rates.ts'

const MINUTE = 60_000

test('a person asks so often within ten minutes, others are not hindered', () => {
  const rates = new PersonRates()
  assert.ok(rates.take('joe', 2, 0))
  assert.ok(rates.take('joe', 2, MINUTE))
  assert.ok(!rates.take('joe', 2, 2 * MINUTE))
  assert.ok(rates.take('anna', 2, 2 * MINUTE))
  assert.ok(rates.take('joe', 2, 10 * MINUTE))
  assert.ok(!rates.take('joe', 2, 10 * MINUTE))
})

test('what was refused is not counted, so that a flood does not lock out for ever', () => {
  const rates = new PersonRates()
  assert.ok(rates.take('joe', 1, 0))
  for (let at = 1; at < 600; at++) assert.ok(!rates.take('joe', 1, at * 1_000))
  assert.ok(rates.take('joe', 1, 10 * MINUTE))
})

test('who has been quiet is forgotten, who has not is not', () => {
  const rates = new PersonRates(1_000)
  for (let i = 0; i < 5_000; i++) rates.take(`host ${i}`, 1, i)
  assert.ok(rates.size < 3_000, `${rates.size} are remembered`)
  assert.equal(rates.take('host 4999', 1, 5_000), false)
  assert.equal(rates.take('host 10', 1, 5_000), true)
})

test('what costs more is taken as a whole or not at all', () => {
  const rates = new PersonRates()
  assert.ok(rates.take('joe', 10, 0, 7))
  assert.ok(!rates.take('joe', 10, 1, 4))
  assert.ok(rates.take('joe', 10, 2, 3))
  assert.ok(rates.take('joe', 10, 3, 0))
  assert.ok(!rates.take('joe', 10, 4))
  assert.ok(rates.take('joe', 10, 10 * MINUTE, 7))
  assert.ok(!rates.take('joe', 10, 10 * MINUTE, 1))
})
