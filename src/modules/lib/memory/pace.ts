import { setImmediate as breathe } from 'node:timers/promises'
import type { FoundRows } from '../found-rows.ts'

/** Work between two breaths, in bytes that are read. */
export const SLICE = 4 << 20

/** Lets timers and signals come through now and then, while much is read. */
export class Pace {
  readonly #found: FoundRows
  #worked = 0

  constructor(found: FoundRows) {
    this.#found = found
  }

  /** After so much work; false where the run is over. Throws where somebody cancelled. */
  async rest(work: number): Promise<boolean> {
    this.#worked += work
    if (this.#worked < SLICE) return true
    this.#worked = 0
    await breathe()
    return !this.#found.ended
  }
}
