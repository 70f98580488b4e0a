import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Pace } from '../../agent/pace.ts'
import { formatTime } from '../../src/clock.ts'
import type { Action } from '../../src/documents/action.ts'
import { LIMITS } from '../../src/limits.ts'
import { fswatch } from '../../src/modules/fswatch.ts'
import { DAY, NOW } from '../support/mesh.ts'

const limits = fswatch.limits.defaults
const action = (windowMs: number, standing = 1): Action =>
  ({
    validFrom: formatTime(NOW),
    expires: formatTime(NOW + windowMs),
    operations: Array.from({ length: standing }, (_, i) => ({ id: `o${i}`, module: 'fswatch/1', params: {} }))
  }) as unknown as Action

/** Parts of this size, each as soon as it may: when the last of them came. */
const tell = (pace: Pace, parts: number, bytes: number, from = NOW): { at: number; told: number } => {
  let [at, told] = [from, 0]
  for (; told < parts; told++) {
    const wait = pace.wait({ parts: told, rows: 0, bytes: told * bytes }, at)
    if (wait === Number.POSITIVE_INFINITY) break
    at += Math.ceil(wait)
  }
  return { at, told }
}

test('some parts come at once, the rest spread over the window, and no more than a node keeps', () => {
  const pace = new Pace(action(DAY), limits)
  assert.equal(tell(pace, LIMITS.standingBurst - 1, 1_024).at, NOW)
  const all = tell(pace, 10_000, 1_024)
  assert.ok(all.told < LIMITS.standingParts && all.told > LIMITS.standingParts - 5, String(all.told))
  assert.ok(all.at <= NOW + DAY && all.at > NOW + 0.9 * DAY)
})

test('large parts are held back by their bytes, and their room shrinks', () => {
  const pace = new Pace(action(DAY), limits)
  const size = 512 * 1_024
  const { told, at } = tell(pace, 10_000, size)
  assert.ok(told * size <= LIMITS.standingBytes + size, String(told))
  assert.ok(at > NOW + DAY / 2)
  assert.ok(pace.room(undefined, NOW).bytes <= LIMITS.bodyBytes)
  assert.equal(pace.room({ parts: 1, rows: 1, bytes: LIMITS.standingBytes }, NOW).bytes, 0)
})

test('who restarts gains nothing: what may come follows from what was told', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 60_000, max: 14 * DAY }),
      fc.integer({ min: 0, max: LIMITS.standingParts }),
      fc.integer({ min: 1, max: 4 }),
      (windowMs, parts, standing) => {
        const told = { parts, rows: 0, bytes: parts * 1_024 }
        const [first, again] = [
          new Pace(action(windowMs, standing), limits),
          new Pace(action(windowMs, standing), limits)
        ]
        const now = NOW + windowMs / 3
        assert.equal(first.wait(told, now), again.wait(told, now))
        const end = tell(first, 10_000, 1_024)
        assert.ok(standing * (end.told + 1) <= LIMITS.standingParts)
      }
    ),
    { numRuns: 30 }
  )
})
