import { type Clock, systemClock } from '../src/clock.ts'

/**
 * How long the others may still take once one node has answered, at least: a node that keeps silent holds nobody up, one that
 * is slower by some factor is waited for (threats.md, T4).
 */
const OTHERS_MS = 2_000
const FACTOR = 2

/**
 * What became of each piece of work, in order: undefined for one that was not done in time after the first success; it
 * goes on unheard. Resolves when all have ended where none succeeds.
 */
export const settledSoon = async <T>(
  work: readonly Promise<T>[],
  clock: Clock = systemClock
): Promise<(PromiseSettledResult<T> | undefined)[]> => {
  const results: (PromiseSettledResult<T> | undefined)[] = work.map(() => undefined)
  const begun = clock.monotonic()
  let timer: NodeJS.Timeout | undefined
  await new Promise<void>(done => {
    const each = work.map(async (piece, i) => {
      ;[results[i]] = await Promise.allSettled([piece])
      if (results[i]?.status === 'fulfilled')
        timer ??= setTimeout(done, Math.max(OTHERS_MS, FACTOR * (clock.monotonic() - begun)))
    })
    void Promise.all(each).then(() => done())
  })
  clearTimeout(timer)
  return [...results]
}
