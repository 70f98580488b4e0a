import { codeOf, type ErrorCode } from '../../errors.ts'
import type { Host, Outcome, Row } from '../spec.ts'
import { reasonOf } from './walked.ts'

/** Errors of more kinds than this come from somebody who makes them up. */
const KINDS = 256

/** What a run that looks at one thing after another keeps count of: rows, bytes, what was seen, what was not, and its end. */
export class RunCount {
  seen = 0
  #unreadable = 0
  #skipped = 0
  #rows = 0
  #bytes = 0
  #limit: ErrorCode | undefined
  readonly #errors = new Map<string, number>()
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  /** Is the run over, by a limit or by a signal? Throws where somebody cancelled it. */
  get ended(): boolean {
    const { signal } = this.#host
    if (signal.aborted) {
      const code = codeOf(signal.reason)
      if (!code.startsWith('limit-')) throw signal.reason
      this.#limit ??= code
    }
    return this.#limit !== undefined
  }

  /** Does this row still fit? Where it does not, the run is over: that one more came shows that there are more. */
  takes(row: Row): boolean {
    const { rows, outputBytes } = this.#host.limits
    const size = sizeOf(row)
    if (this.#rows >= rows) this.#limit ??= 'limit-rows'
    else if (this.#bytes + size > outputBytes) this.#limit ??= 'limit-bytes'
    if (this.#limit !== undefined) return false
    this.#rows++
    this.#bytes += size
    return true
  }

  stop(limit: ErrorCode): void {
    this.#limit ??= limit
  }

  /** Something could not be seen, so that a `no` is not known. */
  missed(error: unknown): void {
    this.#unreadable++
    this.#note(reasonOf(error))
  }

  skip(why: string): void {
    this.#skipped++
    this.#note(why)
  }

  #note(code: string): void {
    if (this.#errors.size < KINDS || this.#errors.has(code))
      this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1)
  }

  outcome(counts: Readonly<Record<string, number>>): Outcome {
    return {
      found: this.#rows > 0,
      coverage: { seen: this.seen, unreadable: this.#unreadable, skipped: this.#skipped },
      counts,
      errors: Object.fromEntries(this.#errors),
      ...(this.#limit && { limit: this.#limit })
    }
  }
}

/** What a row costs of the output limit, by the measure of src/run/rows.ts. */
const sizeOf = (row: Row): number =>
  Object.entries(row).reduce(
    (sum, [name, cell]) =>
      sum + name.length + (cell instanceof Uint8Array || typeof cell === 'string' ? cell.length : 8),
    0
  )
