import { parseTime } from '../src/clock.ts'
import type { Action } from '../src/documents/action.ts'
import type { RunLimits } from '../src/documents/charter.ts'
import { LIMITS } from '../src/limits.ts'
import type { Room } from '../src/modules/spec.ts'
import { isStanding } from '../src/modules/standing.ts'
import type { Told } from './run-record.ts'

/** What a part may hold at most, raw: sealed, a path of short names is several times as long. */
const PART_BYTES = LIMITS.bodyBytes / 4
/** Nothing smaller is worth a part. */
const LEAST_BYTES = LIMITS.paddedBytes
/** For what is noticed at the end, and for the word that it is the end. */
const LAST_PARTS = 2

/**
 * How much a standing operation may have told by when: some of it at once, the rest spread evenly over the window of its
 * action. It follows from the action and from what is told, so that a restart of the agent neither gives nor takes anything.
 */
export class Pace {
  readonly #from: number
  readonly #windowMs: number
  readonly #parts: number
  readonly #bytes: number
  readonly #limits: Required<RunLimits>

  constructor({ validFrom, expires, operations }: Action, limits: Required<RunLimits>) {
    const share = operations.filter(({ module }) => isStanding(module)).length || 1
    this.#from = parseTime(validFrom)
    this.#windowMs = parseTime(expires) - this.#from
    this.#parts = Math.floor(LIMITS.standingParts / share) - LAST_PARTS
    this.#bytes = Math.floor(LIMITS.standingBytes / share)
    this.#limits = limits
  }

  /** How long until the next part may come, in ms: 0 at once, infinite where there is none left. */
  wait(told: Told | undefined, now: number): number {
    const { parts = 0, bytes = 0 } = told ?? {}
    const burst = this.#parts * (LIMITS.standingBurst / LIMITS.standingParts)
    const byParts = this.#when(parts + 1, this.#parts, burst)
    const byBytes = this.#when(bytes + LEAST_BYTES, this.#bytes, this.#bytes / 4)
    return Math.max(0, byParts - now, byBytes - now)
  }

  /** What the part that comes now may hold. */
  room(told: Told | undefined, now: number): Room {
    const done = Math.min(1, Math.max(0, (now - this.#from) / this.#windowMs))
    const allowed = this.#bytes * (1 / 4 + (3 / 4) * done) - (told?.bytes ?? 0)
    const bytes = Math.max(0, Math.floor(Math.min(PART_BYTES, this.#limits.outputBytes, allowed)))
    return { rows: this.#limits.rows, bytes }
  }

  /** The moment from which so much of the whole may be told. */
  #when(wanted: number, whole: number, burst: number): number {
    if (wanted > whole) return Number.POSITIVE_INFINITY
    return this.#from + (this.#windowMs * (wanted - burst)) / (whole - burst)
  }
}
