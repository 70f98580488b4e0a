import { setTimeout as delay } from 'node:timers/promises'

/** Time as a collaborator: nothing in the house asks the machine for it in any other way (threats.md, T12). */
export interface Clock {
  /** Wall time in ms since 1970: for what documents say, never for measuring. */
  now(): number
  /** A time in ms that only goes forward: for limits, rates and deadlines. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason when it aborts. Does not keep the process alive when `idle`. */
  sleep(ms: number, signal?: AbortSignal, idle?: boolean): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal, idle = false) => {
    await delay(ms, undefined, { signal, ref: !idle })
  }
}

/** `2026-11-24T09:12:04Z`: the form of every time in a document that people sign (design 2). */
export const formatTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** The inverse of formatTime; NaN for anything that is not exactly of that form. */
export const parseTime = (text: string): number => {
  const ms = Date.parse(text)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) || Number.isNaN(ms)) return Number.NaN
  // A 30th of February is taken by Date.parse and comes back as another day.
  return formatTime(ms) === text ? ms : Number.NaN
}
