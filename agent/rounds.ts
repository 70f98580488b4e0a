import { randomInt } from 'node:crypto'
import type { Clock } from '../src/clock.ts'
import { codeOf } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Log } from '../src/log.ts'
import type { Database } from '../src/store/database.ts'

export interface RoundsComponents {
  readonly clock: Clock
  readonly log: Log
  readonly database: Pick<Database, 'failures' | 'whole'>
  /** Compares with each node, and finishes what was left. */
  round(): Promise<void>
}

/** The store is looked at this often: what could not be written is done within 5 s of there being room. */
const LOOK_MS = 2_000
/** The wall clock went this much further, or less far, than time did since the last look: somebody has set it. */
const JUMP_MS = 5_000

/**
 * Every few minutes, with jitter; as soon as a store that failed takes writes again, since what could not be recorded, run
 * or answered meanwhile comes by catching up; and when the clock was set, since what was too early or too late may not be
 * now. One round at a time; none that fails ends this. Rejects when the signal aborts.
 */
export const keepRounds = async (
  { clock, log, database, round }: RoundsComponents,
  signal: AbortSignal
): Promise<void> => {
  let failures = 0
  let next = 0
  const wall = () => clock.now() - clock.monotonic()
  let before = wall()
  const plan = () => (next = clock.monotonic() + LIMITS.catchUpMs * (0.75 + randomInt(500) / 1_000))
  plan()
  for (;;) {
    await clock.sleep(LOOK_MS, signal, true)
    try {
      if (database.failures > failures) {
        await database.whole()
        failures = database.failures
        log('info', 'store-again')
      } else if (Math.abs(wall() - before) > JUMP_MS) {
        log('info', 'clock-set', { by: Math.round(wall() - before) })
        before = wall()
      } else if (clock.monotonic() < next) continue
      plan()
      await round()
    } catch (error) {
      if (signal.aborted) throw error
      log('warn', 'failed', { what: 'round', code: codeOf(error), error: String(error) })
    }
  }
}
