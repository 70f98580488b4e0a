/** The stretch of time that the policy's rate of a person speaks about. */
const WINDOW_MS = 600_000

/**
 * How often each person asked here within ten minutes, on a clock that only goes forward. It is counted after the
 * signatures held, or garbage in a person's name would lock the person out (design 5; threats.md, T5).
 */
export class PersonRates {
  readonly #asked = new Map<string, number[]>()

  /** Counts one more at `monotonic` (ms); false, and not counted, where the person has asked `most` times already. */
  take(person: string, most: number, monotonic: number): boolean {
    const recent = (this.#asked.get(person) ?? []).filter(time => time > monotonic - WINDOW_MS)
    this.#asked.set(person, recent)
    if (recent.length >= most) return false
    recent.push(monotonic)
    return true
  }
}
