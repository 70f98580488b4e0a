import { LIMITS } from '../../../limits.ts'
import type { OpenFile } from '../host/directory.ts'
import { type ReadBudget, readPart } from '../host/read.ts'

/** A stretch of a file. */
export interface Stretch {
  readonly offset: number
  readonly size: number
}

/** Where in an ELF file something of Go may stand. */
export interface ElfPlaces {
  /** The section of that name; undefined where the table of sections has none of it. */
  readonly section?: Stretch
  /** Only where there is no sound table of sections: the first stretch that is loaded to be written to. */
  readonly data?: Stretch
  /** The table is larger than is looked at. */
  readonly tooLarge?: true
}

const IDENT = 64
const MAGIC = 0x7f454c46
const NAMES = 64 << 10
const LOAD = 1
const [EXECUTABLE, WRITABLE] = [1, 2]

/** How numbers stand in this file: 32 or 64 bits, either byte order (System V gABI, chapter 4). */
class Numbers {
  readonly is64: boolean
  readonly #little: boolean

  constructor(ident: Buffer) {
    this.is64 = ident[4] === 2
    this.#little = ident[5] === 1
  }

  short(bytes: Buffer, at: number): number {
    return this.#little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
  }

  long(bytes: Buffer, at: number): number {
    return this.#little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
  }

  /** An address or offset: as wide as the file. */
  wide(bytes: Buffer, at: number): number {
    if (!this.is64) return this.long(bytes, at)
    return Number(this.#little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
  }
}

export const isElf = (head: Buffer): boolean => head.length >= 4 && head.readUInt32BE(0) === MAGIC

/** What an ELF file says of a section; undefined where it is none that a kernel would run. Reads its tables only. */
export const elfPlaces = (open: OpenFile, budget: ReadBudget, name: string): ElfPlaces | undefined => {
  const head = readPart(open, 0, IDENT, budget)
  if (head.length < IDENT || !isElf(head) || ![1, 2].includes(head[4]!) || ![1, 2].includes(head[5]!))
    return undefined
  const numbers = new Numbers(head)
  return sectionIn(open, budget, head, numbers, name) ?? dataIn(open, budget, head, numbers)
}

/** Undefined where there is no sound table: a kernel runs such a file all the same. */
const sectionIn = (
  open: OpenFile,
  budget: ReadBudget,
  head: Buffer,
  numbers: Numbers,
  name: string
): ElfPlaces | undefined => {
  const { is64 } = numbers
  const table = numbers.wide(head, is64 ? 40 : 32)
  const [entry, count, names] = [0, 2, 4].map(at => numbers.short(head, (is64 ? 58 : 46) + at)) as [
    number,
    number,
    number
  ]
  if (table === 0 || entry !== (is64 ? 64 : 40) || count === 0) return undefined
  if (count > LIMITS.elfSections) return { tooLarge: true }
  const bytes = readPart(open, table, count * entry, budget)
  if (bytes.length < count * entry || names >= count) return undefined
  const stretchAt = (i: number): Stretch => ({
    offset: numbers.wide(bytes, i * entry + (is64 ? 24 : 16)),
    size: numbers.wide(bytes, i * entry + (is64 ? 32 : 20))
  })
  const texts = stretchAt(names)
  if (texts.size > NAMES) return { tooLarge: true }
  const strings = readPart(open, texts.offset, texts.size, budget)
  if (strings.length < texts.size) return undefined
  const wanted = Buffer.from(`${name}\0`, 'latin1')
  for (let i = 0; i < count; i++) {
    const at = numbers.long(bytes, i * entry)
    if (strings.subarray(at, at + wanted.length).equals(wanted)) return { section: stretchAt(i) }
  }
  return {}
}

const dataIn = (open: OpenFile, budget: ReadBudget, head: Buffer, numbers: Numbers): ElfPlaces => {
  const { is64 } = numbers
  const table = numbers.wide(head, is64 ? 32 : 28)
  const [entry, count] = [0, 2].map(at => numbers.short(head, (is64 ? 54 : 42) + at)) as [number, number]
  if (entry !== (is64 ? 56 : 32)) return {}
  if (count > LIMITS.elfSections) return { tooLarge: true }
  const bytes = readPart(open, table, count * entry, budget)
  for (let at = 0; at + entry <= bytes.length; at += entry) {
    const flags = numbers.long(bytes, at + (is64 ? 4 : 24))
    if (numbers.long(bytes, at) !== LOAD || (flags & (EXECUTABLE | WRITABLE)) !== WRITABLE) continue
    return {
      data: {
        offset: numbers.wide(bytes, at + (is64 ? 8 : 4)),
        size: numbers.wide(bytes, at + (is64 ? 32 : 16))
      }
    }
  }
  return {}
}
