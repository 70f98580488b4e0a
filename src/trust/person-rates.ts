/** The stretch of time that the policy's rate of a person speaks about. */
export const WINDOW_MS = 600_000
export const DAY_MS = 24 * 60 * 60 * 1_000

/** So many more names, and those that have been quiet are looked for. */
const SWEEP = 1_000

/**
 * How often each person asked here within ten minutes (or another window), on a clock that only goes forward. It is counted after the
 * signatures held, or garbage in a person's name would lock the person out (design 5; threats.md, T5).
 */
export class PersonRates {
  readonly #asked = new Map<string, number[]>()
  readonly #windowMs: number
  /** How many there were when the quiet ones were forgotten last. */
  #swept = 0

  /** How many names are remembered. */
  get size(): number {
    return this.#asked.size
  }

  constructor(windowMs = WINDOW_MS) {
    this.#windowMs = windowMs
  }

  /** Counts one more (or so many) at `monotonic` (ms); false, and not counted, where that is beyond `most`. */
  take(person: string, most: number, monotonic: number, many = 1): boolean {
    const recent = (this.#asked.get(person) ?? []).filter(time => time > monotonic - this.#windowMs)
    this.#asked.set(person, recent)
    if (recent.length + many > most) return false
    for (let i = 0; i < many; i++) recent.push(monotonic)
    if (this.#asked.size > this.#swept + SWEEP) this.#sweep(monotonic)
    return true
  }

  /** Whoever has been quiet for a window is nobody: hosts come and go. */
  #sweep(monotonic: number): void {
    for (const [person, times] of this.#asked)
      if (times.every(time => time <= monotonic - this.#windowMs)) this.#asked.delete(person)
    this.#swept = this.#asked.size
  }
}
