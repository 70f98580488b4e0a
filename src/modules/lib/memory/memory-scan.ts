import { LIMITS } from '../../../limits.ts'
import { LiteralSearch } from '../match/literals.ts'
import type { Place } from '../match/regex.ts'
import type { MemoryCheck } from './memory-checks.ts'
import type { Piece } from './process-memory.ts'

/** Bytes beside a match that \b looks at: the longest character. */
const EDGE = 4
/** What a piece must repeat of the one before it; whole lines of the processor's cache, since the kernel copies faster to where one begins. */
export const CARRY = LIMITS.memoryMatchBytes + 64
const REACH = LIMITS.memoryMatchBytes + EDGE

/** Who is told of matches, by their addresses. */
export interface Finder {
  /** Whether more matches of a check matter. */
  isOpen(check: MemoryCheck): boolean
  found(check: MemoryCheck, from: number, to: number): void
}

/**
 * Looks for some checks in pieces of memory, all in one pass: literals at the speed of reading, and expressions only around
 * the literals that they need. A match of up to LIMITS.memoryMatchBytes is found wherever the borders of pieces fall.
 */
export class MemoryScan {
  /** Bytes that expressions were held against so far: these take far longer than the others. */
  worked = 0
  readonly #literals: Literals
  /** Literals count by themselves; expressions matter around theirs, or everywhere. */
  readonly #expressions: readonly MemoryCheck[]
  readonly #near = new Map<MemoryCheck, Place[]>()
  /** Up to which address it is decided where matches begin. */
  readonly #until = new Map<MemoryCheck, number>()

  constructor(checks: readonly MemoryCheck[]) {
    this.#expressions = checks.filter(({ pattern }) => pattern !== undefined)
    const wanted = checks.flatMap(check => (check.required ?? []).map(required => [check, required] as const))
    const search = LiteralSearch.of(wanted)
    this.#literals = search ?? new PlainLiterals(checks.filter(({ pattern }) => pattern === undefined))
    if (search !== undefined)
      for (const check of this.#expressions) if (check.required !== undefined) this.#near.set(check, [])
  }

  /** Ready for the memory of another process. */
  begin(): void {
    this.#until.clear()
  }

  take(piece: Piece, finder: Finder): void {
    const { bytes, carried, address } = piece
    for (const places of this.#near.values()) places.length = 0
    this.#literals.in(bytes, (check, at) => {
      if (check.pattern !== undefined) near(this.#near.get(check)!, at)
      else {
        const end = at + check.required![0]!.text.length
        // What ends in what was carried has been found already.
        if (end > carried && finder.isOpen(check)) finder.found(check, address + at, address + end)
      }
      return false
    })
    for (const check of this.#expressions) {
      const places = this.#near.get(check)
      const ranges = places === undefined ? [{ from: 0, to: bytes.length }] : merged(places)
      if (finder.isOpen(check)) this.#look(check, ranges, piece, finder)
    }
  }

  /** Matches that begin in these ranges and before the end of the piece, but for what the next one shows in full. */
  #look(check: MemoryCheck, ranges: readonly Place[], piece: Piece, finder: Finder): void {
    const { bytes, address, last } = piece
    const end = last ? bytes.length : bytes.length - REACH
    let next = Math.max(0, (this.#until.get(check) ?? 0) - address)
    for (const range of ranges) {
      const from = Math.max(next, range.from)
      const to = Math.min(bytes.length, range.to + EDGE)
      if (from >= end || from >= to) continue
      const base = Math.max(0, from - EDGE)
      this.worked += to - base
      for (const match of check.pattern!.matches(bytes.subarray(base, to), from - base)) {
        if (base + match.from >= end) break
        next = base + match.to
        finder.found(check, address + base + match.from, address + next)
        if (!finder.isOpen(check)) return
      }
    }
    this.#until.set(check, address + Math.max(next, end))
  }
}

type Literals = Pick<LiteralSearch<MemoryCheck>, 'in'>

/** Where the machine has no kernel for it: literals one after the other. */
class PlainLiterals implements Literals {
  readonly #checks: readonly (readonly [MemoryCheck, Buffer])[]

  constructor(checks: readonly MemoryCheck[]) {
    this.#checks = checks.map(check => [check, Buffer.from(check.required![0]!.text, 'latin1')])
  }

  in(bytes: Buffer, tell: (owner: MemoryCheck, at: number) => boolean): void {
    for (const [check, wanted] of this.#checks)
      for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) tell(check, at)
  }
}

/** Takes what lies around a literal; hits mostly come in their order, and a crowd of them becomes one range. */
const near = (places: Place[], at: number): void => {
  const [from, to] = [Math.max(0, at - LIMITS.memoryMatchBytes), at + LIMITS.memoryMatchBytes]
  const before = places.at(-1)
  if (before !== undefined && from >= before.from && from <= before.to)
    places[places.length - 1] = { from: before.from, to: Math.max(before.to, to) }
  else places.push({ from, to })
}

const merged = (places: readonly Place[]): Place[] => {
  const all: Place[] = []
  for (const place of places.toSorted((one, other) => one.from - other.from)) {
    const before = all.at(-1)
    if (before !== undefined && place.from <= before.to)
      all[all.length - 1] = { from: before.from, to: Math.max(before.to, place.to) }
    else all.push(place)
  }
  return all
}
