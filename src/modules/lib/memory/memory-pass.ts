import { GumshoeError } from '../../../errors.ts'
import type { FoundRows } from '../found-rows.ts'
import { CHUNK, CHUNK_BYTES, kernel } from '../match/kernel.ts'
import type { CompiledMemory, MemoryCheck } from './memory-checks.ts'
import { CARRY, type Finder, MemoryScan } from './memory-scan.ts'
import type { MemoryTally } from './memory-tally.ts'
import { type Pace, SLICE } from './pace.ts'
import type { MemoryOptions, ReadableMemory } from './process-memory.ts'

/** Bytes between two breaths as expressions look at them, which takes longer than reading. */
const WORK = 256 * 1024
/** What a small piece costs beside its bytes. */
const LEAST = 16 * 1024

/** Looks into one memory after the other for some searches at once, within the limits of the run. */
export class MemoryPass {
  readonly #searches: readonly CompiledMemory[]
  readonly #found: FoundRows
  readonly #budget: { left: number }
  /** Whose each check is. */
  readonly #owners: ReadonlyMap<MemoryCheck, CompiledMemory>
  /** One scan for each set of searches that have looked into a memory together, by their numbers. */
  readonly #scans = new Map<string, MemoryScan>()
  /** In the memory of the kernel, so that nothing has to be copied for it. */
  readonly #into = kernel()?.memory.subarray(CHUNK, CHUNK + CHUNK_BYTES) ?? Buffer.alloc(CHUNK_BYTES)
  readonly #pace: Pace

  constructor(searches: readonly CompiledMemory[], found: FoundRows, pace: Pace, readBytes: number) {
    this.#searches = searches
    this.#found = found
    this.#pace = pace
    this.#budget = { left: readBytes }
    this.#owners = new Map(searches.flatMap(search => search.checks.map(check => [check, search] as const)))
  }

  /** How these searches have a memory read. */
  options(tallies: readonly MemoryTally[]): MemoryOptions {
    const from = Math.min(...tallies.map(({ compiled }) => compiled.search.offset ?? 0))
    return { into: this.#into, carry: CARRY, budget: this.#budget, from }
  }

  /**
   * Reads until nothing is open any more; false where a limit of the run has ended it before. Throws what the system throws,
   * and where somebody cancelled.
   */
  async look(memory: ReadableMemory, tallies: readonly MemoryTally[]): Promise<boolean> {
    const scan = this.#scanOf(tallies)
    const finder = this.#finder(memory, tallies)
    scan.begin()
    try {
      for (const piece of memory.pieces()) {
        const before = scan.worked
        for (const tally of tallies) tally.read(piece)
        scan.take(piece, finder)
        if (tallies.every(({ isDecided }) => isDecided)) break
        const work = Math.max(LEAST, piece.bytes.length) + (scan.worked - before) * (SLICE / WORK)
        if (!(await this.#pace.rest(work))) return false
      }
    } catch (error) {
      if (!(error instanceof GumshoeError) || error.code !== 'limit-bytes') throw error
      this.#found.end(error.code)
      return false
    }
    return true
  }

  #finder(memory: ReadableMemory, tallies: readonly MemoryTally[]): Finder {
    const own = new Map(tallies.map(tally => [tally.compiled, tally]))
    const tallyOf = (check: MemoryCheck) => own.get(this.#owners.get(check)!)!
    return {
      isOpen: check => tallyOf(check).isOpen(check),
      found: (check, from, to) => tallyOf(check).found(check, from, to, memory.mappingAt(from))
    }
  }

  #scanOf(tallies: readonly MemoryTally[]): MemoryScan {
    const key = tallies.map(({ compiled }) => this.#searches.indexOf(compiled)).join()
    const scan = this.#scans.get(key) ?? new MemoryScan(tallies.flatMap(({ compiled }) => compiled.checks))
    this.#scans.set(key, scan)
    return scan
  }
}
