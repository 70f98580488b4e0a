import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepRounds } from '../../agent/rounds.ts'
import type { Clock } from '../../src/clock.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { testClock } from '../support/mesh.ts'

/** Rounds over `ms` of a time that only sleeping moves; what is to happen at a look, by its number. */
const roundsIn = async (
  ms: number,
  at: Record<number, () => void> = {},
  store = { failures: 0, full: false, set: 0 }
) => {
  const times: number[] = []
  const stop = new AbortController()
  let now = 0
  let looks = 0
  const clock: Clock = {
    ...testClock,
    now: () => now + store.set,
    monotonic: () => now,
    sleep: async (step, signal) => {
      now += step
      at[++looks]?.()
      if (now > ms) stop.abort()
      signal?.throwIfAborted()
    }
  }
  const database = {
    get failures() {
      return store.failures
    },
    whole: async () => {
      if (store.full) throw new GumshoeError('disk-full', 'full')
    }
  }
  const round = async () => void times.push(now)
  await assert.rejects(keepRounds({ clock, log: () => undefined, database, round }, stop.signal))
  return times
}

test('a round comes every few minutes, with jitter', async () => {
  const times = await roundsIn(10 * LIMITS.catchUpMs)
  assert.ok(times.length >= 7 && times.length <= 14, `${times}`)
})

test('chaos disk: what a full disk held up is done as soon as there is room, once', async () => {
  const store = { failures: 0, full: false, set: 0 }
  const fill = () => Object.assign(store, { failures: 3, full: true })
  const times = await roundsIn(60_000, { 5: fill, 20: () => Object.assign(store, { full: false }) }, store)
  assert.deepEqual(times, [40_000])
})

test('chaos clock: a clock that was set is a reason to look again, once', async () => {
  const store = { failures: 0, full: false, set: 0 }
  const times = await roundsIn(60_000, { 5: () => Object.assign(store, { set: -3_600_000 }) }, store)
  assert.deepEqual(times, [10_000])
})
