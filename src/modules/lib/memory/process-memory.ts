import { closeSync, openSync, readSync } from 'node:fs'
import { GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import type { ReadBudget } from '../host/read.ts'
import type { ProcProcess } from '../processes/proc-process.ts'
import { isGone } from '../processes/proc-read.ts'
import { kindOfMapping, type Mapping, mappingsOf } from './memory-maps.ts'
import { PageMap, pageBytesOfHost } from './memory-pages.ts'

/** Bytes of a process's memory, in one buffer that is used again: take what you need before you ask for more. */
export interface Piece {
  /** The first `carried` of them were the end of the piece before, so that nothing is lost at a border. */
  readonly bytes: Buffer
  readonly carried: number
  /** Where in the process the first of them lies. */
  readonly address: number
  /** Nothing follows at once: what comes next lies elsewhere. It may hold nothing but what was carried, or nothing at all. */
  readonly last: boolean
}

export interface MemoryOptions {
  /** Where pieces are read to. */
  readonly into: Buffer
  /** How many bytes of a piece come again at the beginning of the one that follows it. */
  readonly carry: number
  /** What is left to read in this run; what says which pages there are counts too. */
  readonly budget: ReadBudget
  /** Addresses below are left out. */
  readonly from?: number
}

/** Memory that can be looked at, of a process or of the kernel. */
export interface ReadableMemory {
  /** How often something was there and could not be read, by its reason: `unreadable`, `device`, `too-large`. */
  readonly missed: ReadonlyMap<string, number>
  /** It ended, or executed another program, before all was read. */
  readonly ended: boolean
  /** Everything, piece by piece. Throws `limit-bytes` where the budget ends, and what the system throws. */
  pieces(): Generator<Piece>
  /** The mapping that holds an address of the last piece. */
  mappingAt(address: number): Mapping | undefined
  /** An address as text. */
  say(address: number): string
  close(): void
}

/** Mappings that a match can begin in while a piece is looked at: two pages are carried at most, and one may be each. */
const RECENT = 4
/** Pages of one mapping that can't be read, after which the rest of it is not tried. */
const FAILURES = 64
/** How often a page is read that is there, and can't be. */
const TRIES = 8

/**
 * The memory of one process, by /proc/PID/mem: every page that it holds, in memory or swapped out, in the order of addresses,
 * neighbouring mappings joined. Stops nothing, writes nothing, adds no page to the process. Once open it is this process's
 * memory or nothing, whoever is given its number. What it holds changes while it is read: no two pages are of one moment.
 */
export class ProcessMemory implements ReadableMemory {
  readonly missed = new Map<string, number>()
  ended = false
  readonly #files: { readonly maps: number; readonly mem: number }
  readonly #pages: PageMap
  readonly #pagemap: number
  readonly #options: MemoryOptions
  readonly #recent: Mapping[] = []
  #kept = 0
  /** Where the next piece begins if it follows the last one. */
  #next = -1

  /** Throws what the system throws, as EACCES; ESRCH where the process has ended. */
  constructor(process: ProcProcess, options: MemoryOptions) {
    const opened: number[] = []
    const open = (name: string) => {
      const fd = openSync(process.fileNamed(name), 'r')
      opened.push(fd)
      return fd
    }
    try {
      this.#files = { maps: open('maps'), mem: open('mem') }
      this.#pagemap = open('pagemap')
      // All that was seen of it before, and all that is open now, is of one process.
      if (!process.isSame) throw Object.assign(new Error('The process has ended.'), { code: 'ESRCH' })
    } catch (error) {
      for (const fd of opened) closeSync(fd)
      throw error
    }
    this.#options = options
    this.#pages = new PageMap(this.#pagemap, pageBytesOfHost(), options.budget)
  }

  *pieces(): Generator<Piece> {
    try {
      yield* this.#all()
      // Threads of the kernel have no memory, and have lost none. Of what has, the end of all is told like the end of the list.
      this.ended ||= this.#recent.length > 0 && !this.#pages.isThere
    } catch (error) {
      if (error instanceof GumshoeError) throw error
      if (isGone(error)) this.ended = true
      else this.#miss('unreadable')
    }
    yield* this.#flush()
  }

  mappingAt(address: number): Mapping | undefined {
    return this.#recent.find(({ from, to }) => address >= from && address < to)
  }

  say(address: number): string {
    return `0x${address.toString(16)}`
  }

  close(): void {
    for (const fd of [this.#files.maps, this.#files.mem, this.#pagemap]) closeSync(fd)
  }

  *#all(): Generator<Piece> {
    let span = 0
    for (const mapping of mappingsOf(this.#files.maps)) {
      if (this.ended) return
      if (mapping === undefined) this.#miss('unreadable')
      else {
        const from = Math.max(mapping.from, this.#options.from ?? 0)
        const kind = kindOfMapping(mapping)
        if (from >= mapping.to || kind === 'kernel') continue
        const size = mapping.to - from
        if (kind === 'device') this.#miss('device')
        else if (span + size > LIMITS.memorySpanBytes) this.#miss('too-large')
        else {
          span += size
          yield* this.#mapping(mapping, from)
        }
      }
    }
  }

  *#mapping(mapping: Mapping, from: number): Generator<Piece> {
    this.#recent.unshift(mapping)
    this.#recent.length = Math.min(this.#recent.length, RECENT)
    const { pageBytes } = this.#pages
    let [failures, tries] = [0, 0]
    for (const run of this.#pages.runs(from - (from % pageBytes), mapping.to)) {
      if (run.from === run.to) {
        yield* this.#flush()
        yield { bytes: this.#options.into.subarray(0, 0), carried: 0, address: run.to, last: true }
      }
      for (let at = Math.max(run.from, from); at < run.to; ) {
        if (at !== this.#next) yield* this.#flush()
        const read = this.#read(at, run.to)
        if (read === 0) {
          this.ended = true
          return
        }
        if (read === undefined) {
          yield* this.#flush()
          // It may have come back since; what has gone for good is nothing that was missed.
          const isThere = this.#pages.holds(at)
          if (isThere && ++tries < TRIES) continue
          if (isThere && ++failures > FAILURES) return
          if (isThere) this.#miss('unreadable')
          at += pageBytes - (at % pageBytes)
          tries = 0
        } else {
          at += read
          tries = 0
          yield* this.#piece(read, at, at >= run.to && run.ends)
        }
      }
    }
  }

  /** Undefined where the page can't be read; 0 where the process has no memory any more. */
  #read(at: number, to: number): number | undefined {
    const { into, budget } = this.#options
    const { pageBytes } = this.#pages
    const room = into.length - this.#kept
    // Whole pages, so that the kernel looks up none of them twice.
    const most = room > pageBytes ? room - (room % pageBytes) : room
    if (budget.left <= 0) throw new GumshoeError('limit-bytes', 'The read budget is used up.')
    try {
      const read = readSync(this.#files.mem, into, this.#kept, Math.min(most, to - at), BigInt(at))
      budget.left -= read
      return read
    } catch (error) {
      if (isGone(error)) return 0
      return undefined
    }
  }

  *#piece(read: number, end: number, last: boolean): Generator<Piece> {
    const { into, carry } = this.#options
    const length = this.#kept + read
    const bytes = into.subarray(0, length)
    yield { bytes, carried: this.#kept, address: end - length, last }
    this.#kept = last ? 0 : Math.min(carry, length)
    into.copyWithin(0, length - this.#kept, length)
    this.#next = end
  }

  /** What was carried for a piece that does not come. */
  *#flush(): Generator<Piece> {
    const kept = this.#kept
    this.#kept = 0
    if (kept === 0) return
    yield {
      bytes: this.#options.into.subarray(0, kept),
      carried: kept,
      address: this.#next - kept,
      last: true
    }
  }

  #miss(why: string): void {
    this.missed.set(why, (this.missed.get(why) ?? 0) + 1)
  }
}
