import type { Clock } from '../src/clock.ts'
import type { Kind } from '../src/documents/read.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import { DAY_MS, PersonRates } from '../src/trust/person-rates.ts'

interface Rate {
  readonly per10Min: number
  readonly perDay: number
}

/** Kinds of which one sender could have any number kept: each names an action that need not be there, or takes the place of another. */
const RATES: Partial<Record<Kind, Rate>> = {
  'gumshoe/cancel/1': {
    per10Min: LIMITS.personCancelsPer10Min,
    perDay: LIMITS.personCancelsPer10Min * LIMITS.personWindowsPerDay
  },
  'gumshoe/presence/1': { per10Min: LIMITS.presencesPer10Min, perDay: Number.POSITIVE_INFINITY }
}

/** How often a person or a host may have this node write something of these kinds (threats.md, T14). */
export class SenderRates {
  readonly #clock: Clock
  readonly #recent = new PersonRates()
  readonly #day = new PersonRates(DAY_MS)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one more. Throws `rate` where it is one too many. */
  take(kind: Kind, sender: string): void {
    const rate = RATES[kind]
    if (rate === undefined) return
    const now = this.#clock.monotonic()
    const name = `${kind} ${sender}`
    const taken = this.#recent.take(name, rate.per10Min, now)
    if (!taken || (rate.perDay < Number.POSITIVE_INFINITY && !this.#day.take(name, rate.perDay, now)))
      throw new GumshoeError(
        'rate',
        `${sender} has put too many documents of kind ${kind} within a short time.`
      )
  }
}
