import { readSync } from 'node:fs'
import { GumshoeError } from '../../../errors.ts'
import type { ReadBudget } from '../host/read.ts'
import { readProc } from '../processes/proc-read.ts'

/** A run of pages that hold something; `ends` where the page behind it is known to hold nothing. */
export interface PageRun {
  readonly from: number
  readonly to: number
  readonly ends: boolean
}

const ENTRY = 8
const BATCH = 64 * 1024
const NOTHING = Buffer.alloc(BATCH)
/** Batches of nothing, some milliseconds. */
const LONG = 64
/** In the upper half of an entry: present, swapped, and a guard where nothing is (Documentation/admin-guide/mm/pagemap.rst). */
const HELD = 0xc0000000
const GUARD = 1 << 26

/**
 * Which pages of a process hold something, in memory or swapped out, by /proc/PID/pagemap. All others were never touched by
 * it, and are left alone: to read one would make the kernel add a page to the process, ask a file server, or wait for whoever
 * serves its page faults, which may be its own malice (userfaultfd(2)).
 */
export class PageMap {
  readonly pageBytes: number
  readonly #fd: number
  readonly #budget: ReadBudget
  readonly #batch = Buffer.allocUnsafeSlow(BATCH)
  /** For one page while the batch is in use. */
  readonly #one = Buffer.allocUnsafeSlow(ENTRY)
  readonly #halves = new Uint32Array(this.#batch.buffer)

  constructor(fd: number, pageBytes: number, budget: ReadBudget) {
    this.#fd = fd
    this.pageBytes = pageBytes
    this.#budget = budget
  }

  /**
   * Runs of pages in [from, to) that hold something; now and then an empty one where nothing does for long, so that whoever
   * waits can look round. Throws `limit-bytes` where the budget ends, and what the system throws.
   */
  *runs(from: number, to: number): Generator<PageRun> {
    const { pageBytes } = this
    let empty = 0
    for (let at = from; at < to; ) {
      if (this.#budget.left <= 0) throw new GumshoeError('limit-bytes', 'The read budget is used up.')
      const pages = this.#read(this.#batch, at, Math.min((to - at) / pageBytes, BATCH / ENTRY))
      // It ends where the address space does.
      if (pages === 0) return
      const end = at + pages * pageBytes
      // Most of what a program reserves is never touched.
      if (!this.#batch.subarray(0, pages * ENTRY).equals(NOTHING.subarray(0, pages * ENTRY)))
        yield* this.#held(at, pages)
      else if (++empty % LONG === 0) yield { from: end, to: end, ends: true }
      at = end
    }
  }

  /** Runs among the pages of the batch. */
  *#held(at: number, pages: number): Generator<PageRun> {
    const { pageBytes } = this
    let begin = -1
    for (let page = 0; page < pages; page++) {
      const held = (this.#halves[2 * page + 1]! & HELD) !== 0
      if (held && begin < 0) begin = page
      if (held || begin < 0) continue
      yield { from: at + begin * pageBytes, to: at + page * pageBytes, ends: true }
      begin = -1
    }
    if (begin >= 0) yield { from: at + begin * pageBytes, to: at + pages * pageBytes, ends: false }
  }

  /** Whether the process still has any memory. Throws what the system throws. */
  get isThere(): boolean {
    return this.#read(this.#one, 0, 1) > 0
  }

  /** Whether there is still something in a page, which could not be read. Throws what the system throws. */
  holds(address: number): boolean {
    if (this.#read(this.#one, address, 1) === 0) return false
    const entry = this.#one.readUInt32LE(ENTRY / 2)
    return (entry & HELD) !== 0 && (entry & GUARD) === 0
  }

  #read(into: Buffer, address: number, pages: number): number {
    const position = BigInt(Math.floor(address / this.pageBytes)) * BigInt(ENTRY)
    const read = readSync(this.#fd, into, 0, pages * ENTRY, position)
    this.#budget.left -= read
    return Math.floor(read / ENTRY)
  }
}

const AT_PAGESZ = 6n
const USUAL = 4_096
let known: number | undefined

/** Bytes of a page of this machine, as the kernel tells every program (getauxval(3)). */
export const pageBytesOfHost = (): number => {
  known ??= readPageBytes()
  return known
}

const readPageBytes = (): number => {
  try {
    const words = readProc('/proc/self/auxv')
    for (let at = 0; at + 16 <= words.length; at += 16)
      if (words.readBigUInt64LE(at) === AT_PAGESZ) return Number(words.readBigUInt64LE(at + 8))
  } catch {
    // No Linux, or no /proc: then no memory is read either.
  }
  return USUAL
}
