import { type Kernel, kernel, STAGE, STAGE_BYTES, TABLE_BYTES, TABLES, WINDOW } from './kernel.ts'
import type { Required } from './required.ts'

/** Literals that share one pass: each further one in the same bit of the tables makes false alarms. */
const TOGETHER = 16
const BITS = 8

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
    const passes: Pass<Owner>[] = []
    for (let at = 0; at < literals.length; at += TOGETHER)
      passes.push(new Pass(literals.slice(at, at + TOGETHER)))
    this.#passes = passes
  }

  /** Tells of every place where a literal stands; ends early where `tell` returns true. */
  in(bytes: Buffer, tell: (owner: Owner, at: number) => boolean): void {
    for (const pass of this.#passes) if (this.#pass(pass, bytes, tell)) return
  }

  #pass(pass: Pass<Owner>, bytes: Buffer, tell: (owner: Owner, at: number) => boolean): boolean {
    const { memory } = this.#kernel
    memory.set(pass.tables, TABLES)
    if (bytes.buffer === memory.buffer)
      return this.#piece(pass, bytes, 0, bytes.byteOffset, bytes.length, tell)
    for (let from = 0; from + WINDOW <= bytes.length; from += STAGE_BYTES - WINDOW + 1) {
      const piece = bytes.subarray(from, from + STAGE_BYTES)
      memory.set(piece, STAGE)
      if (this.#piece(pass, bytes, from, STAGE, piece.length, tell)) return true
    }
    return false
  }

  /** Looks at `length` bytes that stand at `place` in the kernel's memory and at `from` in `bytes`. */
  #piece(
    { literals }: Pass<Owner>,
    bytes: Buffer,
    from: number,
    place: number,
    length: number,
    tell: (owner: Owner, at: number) => boolean
  ): boolean {
    const end = place + length - WINDOW + 1
    for (let at = this.#kernel.find(place, end); at >= 0; at = this.#kernel.find(at + 1, end)) {
      for (const literal of literals) {
        const begin = from + at - place - literal.window
        if (stands(literal, bytes, begin) && tell(literal.owner, begin)) return true
      }
    }
    return false
  }
}

class Pass<Owner> {
  readonly literals: readonly Literal<Owner>[]
  readonly tables = Buffer.alloc(TABLE_BYTES)

  constructor(literals: readonly Literal<Owner>[]) {
    this.literals = literals
    const windows: string[] = []
    for (const { one, other, window } of literals) {
      const key = [one, other].map(bytes => bytes.subarray(window, window + WINDOW).join()).join(' ')
      if (!windows.includes(key)) windows.push(key)
      const bit = 1 << (windows.indexOf(key) % BITS)
      for (let place = 0; place < WINDOW; place++)
        for (const byte of [one[window + place]!, other[window + place]!]) {
          const at = 32 * place
          this.tables[at + (byte & 0x0f)]! |= bit
          this.tables[at + 16 + (byte >> 4)]! |= bit
        }
    }
  }
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

/** Where in a literal the window begins that is met least. */
const rarest = (literal: Uint8Array): number => {
  const rank = Array.from(literal, byte => {
    const place = COMMON.indexOf(String.fromCharCode(byte).toLowerCase())
    return place < 0 ? COMMON.length : place
  })
  let [best, most] = [0, -1]
  for (let at = 0; at + WINDOW <= literal.length; at++) {
    const sum = rank[at]! + rank[at + 1]! + rank[at + 2]!
    if (sum > most) [best, most] = [at, sum]
  }
  return best
}
