import type { Clock } from '../clock.ts'
import { LIMITS } from '../limits.ts'

/** Peers that broke the rules: they stay out for LIMITS.expelledMs. */
export class Expelled {
  readonly #clock: Clock
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(peer: string): boolean {
    const until = this.#until.get(peer)
    if (until === undefined) return false
    if (until > this.#clock.monotonic()) return true
    this.#until.delete(peer)
    return false
  }

  add(peer: string): void {
    this.#until.set(peer, this.#clock.monotonic() + LIMITS.expelledMs)
  }
}
