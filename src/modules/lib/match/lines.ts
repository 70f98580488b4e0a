import { LiteralSearch } from './literals.ts'
import type { Pattern } from './regex.ts'
import type { Required } from './required.ts'

/** A line up to here is looked at as a whole; a longer one in windows of this size that overlap by OVERLAP. */
const LINE_MAX = 4 << 20
const OVERLAP = 1 << 20
/** How far a cut is moved to fall between words, so that \b means the same on both sides. */
const EDGE = 4_096
const NEWLINE = 0x0a
const RETURN = 0x0d

/** Looks for one pattern in the lines that a feed hands to it. */
export class LineSearcher {
  readonly #pattern: Pattern
  readonly #every: boolean
  #lines = 0
  /** A window of a very long line has matched, or held what every match holds. */
  #hit = false
  #near = false
  #unsure = false
  /** Where the last line ends that was looked at for a literal in it. */
  #looked = 0
  /** Decided: true or false for certain, whatever follows. */
  result: boolean | undefined

  constructor({ pattern, every }: { readonly pattern: Pattern; readonly every: boolean }) {
    this.#pattern = pattern
    this.#every = every
  }

  /** Ready for another file. */
  begin(): void {
    this.#lines = 0
    this.#hit = false
    this.#near = false
    this.#unsure = false
    this.result = undefined
  }

  /** What a line must hold one of for it to matter; undefined where every line matters. */
  get required(): readonly Required[] | undefined {
    return this.#every ? undefined : this.#pattern.required
  }

  /** Whole lines, each with its newline; the last line of a file may lack it. */
  whole(lines: Buffer): void {
    if (this.result !== undefined || (!this.#every && !this.#pattern.mayMatch(lines))) return
    for (let from = 0; from < lines.length && this.result === undefined; ) {
      const end = endOfLine(lines, from)
      this.#count(this.#pattern.test(withoutReturn(lines.subarray(from, end))))
      from = end + 1
    }
  }

  /** Whole lines, of which those alone matter that `literal` is called for. */
  beginLines(): void {
    this.#looked = 0
  }

  /** The line around a place where one of its literals stands. */
  literal(lines: Buffer, at: number): void {
    if (this.result !== undefined || at < this.#looked) return
    this.#looked = endOfLine(lines, at)
    const from = lines.lastIndexOf(NEWLINE, at) + 1
    this.#count(this.#pattern.test(withoutReturn(lines.subarray(from, this.#looked))))
  }

  /** One line, or a part of a very long one: `first` and `last` say whether its ends are there. */
  line(part: Buffer, first: boolean, last: boolean): void {
    if (this.result !== undefined) return
    const hit = this.#hit || this.#pattern.testPart(last ? withoutReturn(part) : part, first, last)
    const near = !(first && last) && (this.#near || !this.#pattern.lacks(part))
    this.#hit = hit && !last
    this.#near = near && !last
    if (!last) {
      if (hit && !this.#every) this.result = true
    } else if (!first && !hit && near && !this.#pattern.bounded) {
      // A match that is longer than the overlap may have fallen between two windows.
      this.#unsure = true
    } else this.#count(hit)
  }

  /** At the end of the file: did a line match, or did every line? Stays undefined where nobody can say. */
  finish(): void {
    if (!this.#unsure) this.result ??= this.#every && this.#lines > 0
  }

  #count(hit: boolean): void {
    this.#lines++
    if (hit !== this.#every) this.result ??= hit
  }
}

/**
 * Cuts a stream of chunks into lines for some searchers, whatever the length of a line: MIG lost everything after a line of
 * 64 KiB without a word. What is held between two chunks is the unfinished line, once for all searchers.
 */
export class LineFeed {
  readonly #searchers: readonly LineSearcher[]
  /** Those that pass over every line without their literals, and the others. */
  readonly #picky: readonly LineSearcher[]
  readonly #others: readonly LineSearcher[]
  readonly #literals: LiteralSearch<LineSearcher> | undefined
  #line: Buffer = Buffer.alloc(0)
  #length = 0
  /** Windows of the unfinished line that were looked at already. */
  #windows = 0

  constructor(searchers: readonly LineSearcher[]) {
    this.#searchers = searchers
    const wanted = searchers.flatMap(searcher =>
      (searcher.required ?? []).map(required => [searcher, required] as const)
    )
    this.#literals = LiteralSearch.of(wanted)
    this.#picky = searchers.filter(({ required }) => this.#literals !== undefined && required !== undefined)
    this.#others = searchers.filter(searcher => !this.#picky.includes(searcher))
  }

  /** Ready for another file. */
  begin(): void {
    this.#length = 0
    this.#windows = 0
    for (const searcher of this.#searchers) searcher.begin()
  }

  /** Takes the next bytes; the buffer may be used again afterwards. */
  update(chunk: Buffer): void {
    if (this.#searchers.every(isDecided)) return
    let from = 0
    if (this.#length > 0) {
      const newline = chunk.indexOf(NEWLINE)
      this.#append(chunk.subarray(0, newline < 0 ? chunk.length : newline))
      if (newline < 0) return
      this.#endLine()
      from = newline + 1
    }
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end > from) this.#look(chunk.subarray(from, end))
    this.#append(chunk.subarray(Math.max(from, end)))
  }

  /** All that a file holds. */
  all(bytes: Buffer): void {
    this.#look(bytes)
    this.finish()
  }

  finish(): void {
    if (this.#length > 0) this.#endLine()
    for (const searcher of this.#searchers) searcher.finish()
  }

  #look(lines: Buffer): void {
    for (const searcher of this.#others) searcher.whole(lines)
    for (const searcher of this.#picky) searcher.beginLines()
    this.#literals?.in(lines, (searcher, at) => {
      searcher.literal(lines, at)
      return isDecided(searcher) && this.#picky.every(isDecided)
    })
  }

  #append(bytes: Buffer): void {
    if (bytes.length === 0) return
    const length = this.#length + bytes.length
    if (length > this.#line.length) {
      const larger = Buffer.allocUnsafe(2 * length)
      this.#line.copy(larger, 0, 0, this.#length)
      this.#line = larger
    }
    bytes.copy(this.#line, this.#length)
    this.#length = length
    if (length > LINE_MAX) this.#window()
  }

  #endLine(): void {
    this.#tell(this.#line.subarray(0, this.#length), true)
    this.#length = 0
    this.#windows = 0
  }

  /** A line that does not fit: what is there is looked at, and its end kept for what follows. */
  #window(): void {
    const all = this.#line.subarray(0, this.#length)
    this.#tell(all.subarray(0, betweenWords(all, all.length - 1, -1)), false)
    this.#windows++
    const kept = betweenWords(all, all.length - OVERLAP, 1)
    this.#line.copyWithin(0, kept, this.#length)
    this.#length -= kept
  }

  #tell(part: Buffer, last: boolean): void {
    for (const searcher of this.#searchers) searcher.line(part, this.#windows === 0, last)
  }
}

const endOfLine = (lines: Buffer, from: number): number => {
  const end = lines.indexOf(NEWLINE, from)
  return end < 0 ? lines.length : end
}

const isDecided = ({ result }: LineSearcher): boolean => result !== undefined

const withoutReturn = (line: Buffer): Buffer =>
  line.length > 0 && line[line.length - 1] === RETURN ? line.subarray(0, -1) : line

/** A place near `from` where a byte stands that belongs to no word and to no longer character. */
const betweenWords = (bytes: Buffer, from: number, step: 1 | -1): number => {
  for (let at = from; Math.abs(at - from) < EDGE && at > 0 && at < bytes.length; at += step)
    if (bytes[at]! < 0x80 && !/\w/.test(String.fromCharCode(bytes[at]!))) return at
  return from
}
