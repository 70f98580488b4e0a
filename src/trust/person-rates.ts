/** The stretch of time that the policy's rate of a person speaks about. */
export const WINDOW_MS = 600_000
export const DAY_MS = 24 * 60 * 60 * 1_000

/**
 * How often each person asked here within ten minutes (or another window), on a clock that only goes forward. It is counted after the
 * signatures held, or garbage in a person's name would lock the person out (design 5; threats.md, T5).
 */
export class PersonRates {
  readonly #asked = new Map<string, number[]>()
  readonly #windowMs: number

  constructor(windowMs = WINDOW_MS) {
    this.#windowMs = windowMs
  }

  /** Counts one more at `monotonic` (ms); false, and not counted, where the person has asked `most` times already. */
  take(person: string, most: number, monotonic: number): boolean {
    const recent = (this.#asked.get(person) ?? []).filter(time => time > monotonic - this.#windowMs)
    this.#asked.set(person, recent)
    if (recent.length >= most) return false
    recent.push(monotonic)
    return true
  }
}
