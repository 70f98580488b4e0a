import { LIMITS } from '../../../limits.ts'
import type { CompiledMemory, MemoryCheck } from './memory-checks.ts'
import type { Mapping } from './memory-maps.ts'
import type { Piece } from './process-memory.ts'

/** Where a match lies. */
export interface MatchPlace {
  readonly address: number
  readonly mapping: Mapping | undefined
}

export interface Matches {
  count: number
  readonly places: MatchPlace[]
}

/** What a search says of one process: what holds, or that too little was seen to say. */
export interface MemoryJudgement {
  readonly holds: boolean
  /** The checks that hold; with `any` each by itself. */
  readonly checks: readonly MemoryCheck[]
  readonly unknown: boolean
}

/** What one search has found in the memory of one process. */
export class MemoryTally {
  readonly compiled: CompiledMemory
  readonly #matches = new Map<MemoryCheck, Matches>()
  readonly #most: number
  readonly #places: number
  readonly #from: number
  /** Bytes that are still looked at, and the address where they end once that is known. */
  #left: number
  #until = Number.POSITIVE_INFINITY
  #isEnding = false
  #isOver = false

  constructor(compiled: CompiledMemory) {
    const { most = LIMITS.memoryMatches, places = 1, offset = 0, maxLength } = compiled.search
    this.compiled = compiled
    this.#most = most
    this.#places = places
    this.#from = offset
    this.#left = maxLength ?? Number.POSITIVE_INFINITY
    for (const check of compiled.checks) this.#matches.set(check, { count: 0, places: [] })
  }

  /** Says what comes to be looked at, before it is. */
  read({ bytes, carried, address }: Piece): void {
    if (this.#left === 0) {
      // One piece more decides the matches that began at the end of the last one.
      this.#isOver = this.#isEnding
      this.#isEnding = true
      return
    }
    const end = address + bytes.length
    const fresh = Math.max(0, Math.min(bytes.length - carried, end - this.#from))
    if (fresh >= this.#left) this.#until = end - fresh + this.#left
    this.#left -= Math.min(fresh, this.#left)
  }

  /** Whether more matches of a check matter. */
  isOpen(check: MemoryCheck): boolean {
    return !this.#isOver && this.#matches.get(check)!.count < (check.inverted ? 1 : this.#most)
  }

  found(check: MemoryCheck, from: number, to: number, mapping: Mapping | undefined): void {
    if (from < this.#from || to > this.#until) return
    const matches = this.#matches.get(check)!
    if (matches.places.length < this.#places) matches.places.push({ address: from, mapping })
    matches.count++
  }

  /** Nothing more of this process can change what we say. */
  get isDecided(): boolean {
    return this.compiled.checks.every(check => !this.isOpen(check))
  }

  matches(check: MemoryCheck): Matches {
    return this.#matches.get(check)!
  }

  /** `seen`: nothing was left out of what there was to see. */
  judge(seen: boolean): MemoryJudgement {
    const { checks, search } = this.compiled
    const results = checks.map(check =>
      this.#matches.get(check)!.count > 0 ? !check.inverted : seen ? check.inverted : undefined
    )
    const holding = checks.filter((_, i) => results[i] === true)
    const isUnknown = results.includes(undefined)
    if (search.any && checks.length > 0)
      return { holds: holding.length > 0, checks: holding, unknown: isUnknown }
    return {
      holds: holding.length === checks.length,
      checks: holding,
      unknown: isUnknown && !results.includes(false)
    }
  }
}
