import { codeOf, ERRORS, EXIT } from '../src/errors.ts'

/** Statuses after which a start would change nothing: what was typed or set is wrong, or the host is revoked. */
export const FINAL = [EXIT.usage, EXIT.policy] as const

export const isFinal = (error: unknown): boolean =>
  (FINAL as readonly number[]).includes(EXIT[ERRORS[codeOf(error)].exit])

/** Longer than any timer of Node may run is not needed: it only keeps the process. */
const TICK_MS = 3_600_000

/** Resolves when somebody stops this process. */
export const untilStopped = (): Promise<void> =>
  new Promise(stop => {
    const tick = setInterval(() => undefined, TICK_MS)
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        clearInterval(tick)
        stop()
      })
  })
