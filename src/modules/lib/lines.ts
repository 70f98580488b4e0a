import type { Pattern } from './regex.ts'

/** A line up to here is looked at as a whole; a longer one in windows that overlap by OVERLAP. */
const LINE_MAX = 8 << 20
const OVERLAP = 1 << 20
const NEWLINE = 0x0a
const RETURN = 0x0d

export interface LineSearch {
  readonly pattern: Pattern
  /** Every line must match, instead of one. */
  readonly every: boolean
}

/**
 * Looks for a pattern line by line in a stream of chunks, whatever the length of a line: MIG lost everything after a line
 * of 64 KiB without a word. Whole chunks are tried first; lines are looked at one by one only where a match is possible.
 */
export class LineSearcher {
  readonly #search: LineSearch
  #rest: Buffer = Buffer.alloc(0)
  #lines = 0
  /** Decided: true or false for certain, whatever follows. */
  result: boolean | undefined

  constructor(search: LineSearch) {
    this.#search = search
  }

  update(chunk: Buffer): void {
    if (this.result !== undefined) return
    const end = chunk.lastIndexOf(NEWLINE)
    if (end < 0) {
      this.#rest = Buffer.concat([this.#rest, chunk])
      if (this.#rest.length > LINE_MAX) this.#window()
      return
    }
    const whole =
      this.#rest.length > 0
        ? Buffer.concat([this.#rest, chunk.subarray(0, end + 1)])
        : chunk.subarray(0, end + 1)
    this.#rest = Buffer.from(chunk.subarray(end + 1))
    this.#take(whole)
  }

  /** At the end of the file: was there a match, or did every line match? A file without a line matches nothing. */
  finish(): boolean {
    if (this.result === undefined && this.#rest.length > 0) this.#take(this.#rest)
    return this.result ?? (this.#search.every && this.#lines > 0)
  }

  #take(lines: Buffer): void {
    const { pattern, every } = this.#search
    if (!every) {
      if (pattern.literal && !lines.includes(pattern.literal)) return
      if (!pattern.testLines(lines)) return
    }
    let from = 0
    while (from < lines.length && this.result === undefined) {
      const newline = lines.indexOf(NEWLINE, from)
      const end = newline < 0 ? lines.length : newline
      const line = lines.subarray(from, lines[end - 1] === RETURN && end > from ? end - 1 : end)
      this.#lines++
      const hit = pattern.test(line)
      if (hit && !every) this.result = true
      if (!hit && every) this.result = false
      from = end + 1
    }
  }

  /** A line that would not fit into memory: what is there is looked at, and its end is kept for what follows. */
  #window(): void {
    const hit = this.#search.pattern.test(this.#rest)
    if (hit && !this.#search.every) this.result = true
    this.#rest = Buffer.from(this.#rest.subarray(this.#rest.length - OVERLAP))
  }
}

/** Looks for a byte string in a stream of chunks, across any border between them. */
export class BytesSearcher {
  readonly #wanted: Buffer
  #tail: Buffer = Buffer.alloc(0)
  result: boolean | undefined

  constructor(wanted: Buffer) {
    this.#wanted = wanted
  }

  update(chunk: Buffer): void {
    if (this.result) return
    const border = Buffer.concat([this.#tail, chunk.subarray(0, this.#wanted.length - 1)])
    if (chunk.includes(this.#wanted) || border.includes(this.#wanted)) {
      this.result = true
      return
    }
    const kept = Buffer.concat([this.#tail, chunk.subarray(-this.#wanted.length)])
    this.#tail = Buffer.from(kept.subarray(-(this.#wanted.length - 1) || kept.length))
  }

  finish(): boolean {
    return this.result ?? false
  }
}
