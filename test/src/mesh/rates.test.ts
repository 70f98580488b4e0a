import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, systemClock } from '../../../src/clock.ts'
import { RATES, Rates } from '../../../src/mesh/rates.ts'
import { testCaller } from '../../support/streams.ts'

const stillClock = (): Clock & { at: number } => {
  const clock = { ...systemClock, at: 0, monotonic: () => clock.at }
  return clock
}

test('a check is had while there are tokens, and again as they come back', () => {
  const clock = stillClock()
  const rates = new Rates(clock)
  const caller = testCaller()
  const { burst, perSecond } = RATES.agent.check
  for (let i = 0; i < burst; i++) assert.ok(rates.take(caller, 'check'))
  for (let i = 0; i < 1_000; i++) assert.ok(!rates.take(caller, 'check'))
  clock.at += 1_000
  let had = 0
  while (rates.take(caller, 'check')) had++
  assert.equal(had, perSecond)
})

test('one peer does not use up what is another peer’s', () => {
  const rates = new Rates(stillClock())
  const caller = testCaller()
  while (rates.take(caller, 'check'));
  assert.ok(rates.take(testCaller(), 'check'))
})

test('who owes too much is told so, and is not forgiven by paying a little', () => {
  const clock = stillClock()
  const rates = new Rates(clock)
  const caller = testCaller()
  const { burst, debt, perSecond } = RATES.agent.item
  assert.ok(rates.charge(caller, 'item', burst + debt))
  assert.ok(!rates.charge(caller, 'item', 1))
  clock.at += 1_000
  assert.ok(rates.charge(caller, 'item', perSecond - 1))
  assert.ok(!rates.charge(caller, 'item', 1))
})

test('a request above the rate waits as long as its token takes', () => {
  const clock = stillClock()
  const rates = new Rates(clock)
  const caller = testCaller()
  const { burst, perSecond } = RATES.agent.request
  for (let i = 0; i < burst; i++) assert.equal(rates.wait(caller, 'request'), 0)
  assert.equal(rates.wait(caller, 'request'), 1_000 / perSecond)
  assert.equal(rates.wait(caller, 'request'), 2_000 / perSecond)
})

test('a peer that has gone keeps its debts, so that coming back is no fresh start', () => {
  const rates = new Rates(stillClock())
  const caller = testCaller()
  while (rates.charge(caller, 'item', 1_000));
  rates.forget(caller.peer)
  assert.equal(rates.take(caller, 'item'), false)
})
