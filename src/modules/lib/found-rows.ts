import type { ErrorCode } from '../../errors.ts'
import type { Host, Outcome, Row } from '../spec.ts'
import type { WalkCount } from './host/walked.ts'
import { limitOf, sizeOf } from './run-limits.ts'

/** How many kinds of errors an answer names. */
const ERRORS = 256

/** The rows of a module that asks one question: counted by label, within the limits of the run. */
export class FoundRows {
  readonly #host: Host
  readonly #counts: Map<string, number>
  #rows = 0
  #bytes = 0
  #limit: ErrorCode | undefined

  constructor(host: Host, labels: readonly string[]) {
    this.#host = host
    this.#counts = new Map(labels.map(label => [label, 0]))
  }

  /** Whether the run is over: by a limit, or by a signal; throws where somebody cancelled it. */
  get ended(): boolean {
    const limit = limitOf(this.#host.signal)
    this.#limit ??= limit
    return this.#limit !== undefined
  }

  /** A limit that something else has found reached. */
  end(limit: ErrorCode): void {
    this.#limit ??= limit
  }

  /** Takes a row where it still fits; one more than the limit shows that there are more. */
  take(label: string, row: Row): boolean {
    return !this.ended && this.takeLate(label, row)
  }

  /** The same for what was found before a limit ended the run: that is told all the same. */
  takeLate(label: string, row: Row): boolean {
    const size = sizeOf(row)
    if (this.#rows >= this.#host.limits.rows) this.#limit ??= 'limit-rows'
    else if (this.#bytes + size > this.#host.limits.outputBytes) this.#limit ??= 'limit-bytes'
    else {
      this.#rows++
      this.#bytes += size
      this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1)
      return true
    }
    return false
  }

  outcome({ seen, unreadable, skipped, errors }: WalkCount): Outcome {
    return {
      found: this.#rows > 0,
      coverage: { seen, unreadable, skipped },
      counts: Object.fromEntries(this.#counts),
      errors: Object.fromEntries([...errors].slice(0, ERRORS)),
      ...(this.#limit && { limit: this.#limit })
    }
  }
}
