import { type Kernel, kernel, PAIR, STAGE, STAGE_BYTES, TABLE_BYTES, TABLES, WINDOW } from './kernel.ts'
import type { Required } from './required.ts'

/** Windows that share one pass: each further one in the same bit of the tables makes false alarms. */
const TOGETHER = 32
const BITS = 8
/** Up to so many have a pass of their own each. */
const ALONE = 2
/** How far the two bytes of a pair may stand apart. */
const FAR = 256

/** A literal as pairs of bytes, either of which is it. */
interface Literal<Owner> {
  readonly owner: Owner
  readonly one: Uint8Array
  readonly other: Uint8Array
  /** Where its window begins. */
  readonly window: number
}

/** Some literals, each of an owner, looked for all at once. */
export class LiteralSearch<Owner> {
  readonly #kernel: Kernel
  readonly #passes: readonly Pass<Owner>[]

  /** Undefined where the machine has no kernel. */
  static of<Owner>(wanted: readonly (readonly [Owner, Required])[]): LiteralSearch<Owner> | undefined {
    const found = kernel()
    return found && wanted.length > 0 ? new LiteralSearch(found, wanted) : undefined
  }

  private constructor(found: Kernel, wanted: readonly (readonly [Owner, Required])[]) {
    this.#kernel = found
    const literals = wanted.map(([owner, required]) => literalOf(owner, required))
    // A few go by faster one by one.
    const groups = literals.length > ALONE ? groupsOf(literals) : literals.map(literal => [literal])
    this.#passes = groups.map(some => (some.length === 1 ? new PairPass(some[0]!) : new WindowPass(some)))
  }

  /** Tells of every place where a literal stands; ends early where `tell` returns true. */
  in(bytes: Buffer, tell: (owner: Owner, at: number) => boolean): void {
    for (const pass of this.#passes) if (this.#pass(pass, bytes, tell)) return
  }

  #pass(pass: Pass<Owner>, bytes: Buffer, tell: (owner: Owner, at: number) => boolean): boolean {
    const { memory } = this.#kernel
    pass.prepare(memory)
    if (bytes.buffer === memory.buffer)
      return this.#piece(pass, bytes, 0, bytes.byteOffset, bytes.length, tell)
    for (let from = 0; from + pass.reach <= bytes.length; from += STAGE_BYTES - pass.reach + 1) {
      const piece = bytes.subarray(from, from + STAGE_BYTES)
      memory.set(piece, STAGE)
      if (this.#piece(pass, bytes, from, STAGE, piece.length, tell)) return true
    }
    return false
  }

  /** Looks at `length` bytes that stand at `place` in the kernel's memory and at `from` in `bytes`. */
  #piece(
    pass: Pass<Owner>,
    bytes: Buffer,
    from: number,
    place: number,
    length: number,
    tell: (owner: Owner, at: number) => boolean
  ): boolean {
    const end = place + length - pass.reach + 1
    for (let at = pass.next(this.#kernel, place, end); at >= 0; at = pass.next(this.#kernel, at + 1, end)) {
      const found = from + at - place
      for (const literal of pass.literalsAt(bytes, found)) {
        const begin = found - pass.before(literal)
        if (stands(literal, bytes, begin) && tell(literal.owner, begin)) return true
      }
    }
    return false
  }
}

/** One time over the bytes, for one literal or some. */
interface Pass<Owner> {
  /** Bytes that a place must have before the end of all. */
  readonly reach: number
  prepare(memory: Buffer): void
  /** The next place in [at, end) where one of them may be. */
  next(kernel: Kernel, at: number, end: number): number
  /** Those that may stand around such a place. */
  literalsAt(bytes: Buffer, at: number): readonly Literal<Owner>[]
  /** How far before that place the literal would begin. */
  before(literal: Literal<Owner>): number
}

/** One literal, by the two bytes of it that are met least. */
class PairPass<Owner> implements Pass<Owner> {
  readonly #literals: readonly Literal<Owner>[]
  readonly reach: number
  readonly #first: number
  readonly #pair: Uint8Array

  constructor(literal: Literal<Owner>) {
    const { one, other } = literal
    const [first, second] = rarestPair(one)
    const bits = (at: number) => (one[at] === other[at] ? 0 : CASE)
    this.#literals = [literal]
    this.#first = first
    this.reach = second - first + 1
    this.#pair = Uint8Array.from([bits(first), one[first]!, bits(second), one[second]!])
  }

  prepare(memory: Buffer): void {
    memory.set(this.#pair, PAIR)
  }

  next(kernel: Kernel, at: number, end: number): number {
    return kernel.findPair(at, end, this.reach - 1)
  }

  literalsAt(): readonly Literal<Owner>[] {
    return this.#literals
  }

  before(): number {
    return this.#first
  }
}

/** Several literals, each by the window of it that is met least. */
class WindowPass<Owner> implements Pass<Owner> {
  readonly reach = WINDOW
  readonly #tables = Buffer.alloc(TABLE_BYTES)
  /** By what may stand in a window: most places where something may be are none of these. */
  readonly #at = new Map<number, Literal<Owner>[]>()

  constructor(literals: readonly Literal<Owner>[]) {
    const windows = [...Map.groupBy(literals, windowOf).values()]
    for (const [i, alike] of windows.entries()) {
      const { one, other, window } = alike[0]!
      // Neighbours look alike, and share a bit.
      const bit = 1 << Math.floor((i * Math.min(BITS, windows.length)) / windows.length)
      for (let place = 0; place < WINDOW; place++)
        for (const byte of [one[window + place]!, other[window + place]!]) {
          const at = 32 * place
          this.#tables[at + (byte & 0x0f)]! |= bit
          this.#tables[at + 16 + (byte >> 4)]! |= bit
        }
      for (const form of formsOf(alike[0]!)) this.#at.set(form, [...(this.#at.get(form) ?? []), ...alike])
    }
  }

  prepare(memory: Buffer): void {
    memory.set(this.#tables, TABLES)
  }

  next(kernel: Kernel, at: number, end: number): number {
    return kernel.find(at, end)
  }

  literalsAt(bytes: Buffer, at: number): readonly Literal<Owner>[] {
    return this.#at.get(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) ?? NONE
  }

  before({ window }: Literal<Owner>): number {
    return window
  }
}

const NONE: readonly never[] = []

/** The window of a literal, in every case that it may have. */
const windowOf = ({ one, other, window }: Literal<unknown>): string =>
  [one, other].map(bytes => Buffer.from(bytes.subarray(window, window + WINDOW)).toString('hex')).join(' ')

/** The same as numbers. */
const formsOf = ({ one, other, window }: Literal<unknown>): Set<number> => {
  let forms = [0]
  for (let place = 0; place < WINDOW; place++)
    forms = [one, other].flatMap(bytes => forms.map(form => form | (bytes[window + place]! << (8 * place))))
  return new Set(forms)
}

/** What shares a pass: literals with few windows among them, and with those that look alike. */
const groupsOf = <Owner>(literals: readonly Literal<Owner>[]): Literal<Owner>[][] => {
  const windows = [...Map.groupBy(literals, windowOf)].sort(([one], [other]) => (one < other ? -1 : 1))
  const groups: Literal<Owner>[][] = []
  for (let at = 0; at < windows.length; at += TOGETHER)
    groups.push(windows.slice(at, at + TOGETHER).flatMap(([, alike]) => alike))
  return groups
}

const stands = <Owner>({ one, other }: Literal<Owner>, bytes: Buffer, begin: number): boolean => {
  if (begin < 0 || begin + one.length > bytes.length) return false
  for (let i = 0; i < one.length; i++) {
    const byte = bytes[begin + i]!
    if (byte !== one[i] && byte !== other[i]) return false
  }
  return true
}

const literalOf = <Owner>(owner: Owner, { text, ignoreCase }: Required): Literal<Owner> => {
  const bytes = Buffer.from(text, 'latin1')
  const one = ignoreCase ? bytes.map(byte => (isUpper(byte) ? byte + CASE : byte)) : bytes
  const other = ignoreCase ? one.map(byte => (isUpper(byte - CASE) ? byte - CASE : byte)) : bytes
  return { owner, one, other, window: rarest(one) }
}

/** From an upper letter of ASCII to its lower one. */
const CASE = 0x20
const isUpper = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a

/** Bytes from the commonest on, of programs and of text; what is not among them is rarer. */
const COMMON = '\0\xffe taoinsrhldcumfpgwybv,.k-\n"\'/_0=1:;()2x3456789jqz<>'

/** How often a byte of a literal is met, the lower the oftener. */
const ranksOf = (literal: Uint8Array): number[] =>
  Array.from(literal, byte => {
    const place = COMMON.indexOf(String.fromCharCode(byte).toLowerCase())
    return place < 0 ? COMMON.length : place
  })

/** Where in a literal the window begins that is met least. */
const rarest = (literal: Uint8Array): number => {
  const rank = ranksOf(literal)
  let [best, most] = [0, -1]
  for (let at = 0; at + WINDOW <= literal.length; at++) {
    const sum = rank[at]! + rank[at + 1]! + rank[at + 2]!
    if (sum > most) [best, most] = [at, sum]
  }
  return best
}

/** Where in a literal the two bytes stand that are met least: another pair of the same byte says less. */
const rarestPair = (literal: Uint8Array): [number, number] => {
  const rank = ranksOf(literal.subarray(0, FAR))
  const places = rank.map((_, at) => at).sort((one, other) => rank[other]! - rank[one]!)
  const first = places[0]!
  const second = places.find(at => literal[at] !== literal[first]) ?? places[1]!
  return first < second ? [first, second] : [second, first]
}
