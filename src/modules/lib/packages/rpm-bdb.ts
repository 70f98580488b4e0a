import { Scratch } from './scratch.ts'

/** The hash form of Berkeley DB, as far as `Packages` of older RPMs needs it: every value of every page, in no order. */
const MAGIC = 0x061561
const HEAD = 26
const META = 512

/** Types of pages, db_page.h. */
const OVERFLOW = 7
const HASH_PAGES = [2, 13]
/** Types of items on a page. */
const INLINE = 1
const ELSEWHERE = 3

/** Where the numbers of a page stand. */
const NEXT = 16
const ENTRIES = 20
const FREE = 22
const TYPE = 25

/**
 * All values, each good until the next one. Throws where the file is none of these; an empty one stands for a value that is not whole. Every page is part
 * of one value at most, so a chain that comes back to itself ends there.
 */
export function* bdbValues(bytes: Buffer): Generator<Uint8Array> {
  const pages = new Pages(bytes)
  for (let page = 1; page < pages.count; page++) {
    const at = page * pages.size
    if (!HASH_PAGES.includes(bytes[at + TYPE]!)) continue
    const entries = pages.short(at + ENTRIES)
    let room = pages.size
    // Keys and values in turn; a key is a number, and under number 0 there is none of a package.
    for (let i = 1; i < entries && HEAD + 2 * i + 2 <= pages.size; i += 2) {
      const place = pages.short(at + HEAD + 2 * i)
      const value = pages.value(at, place, pages.short(at + HEAD + 2 * i - 2))
      if (bytes[at + place] === INLINE) room -= value?.length ?? 0
      if (room < 0) throw new Error('Values lie one in another.')
      if (value !== undefined) yield value
    }
  }
}

const NONE = new Uint8Array()

class Pages {
  readonly size: number
  readonly count: number
  readonly #bytes: Buffer
  readonly #isLittle: boolean
  readonly #used: Uint8Array
  readonly #scratch = new Scratch()

  constructor(bytes: Buffer) {
    if (bytes.length < META) throw new Error('It is too short.')
    this.#bytes = bytes
    this.#isLittle = bytes.readUInt32LE(12) === MAGIC
    if (!this.#isLittle && bytes.readUInt32BE(12) !== MAGIC) throw new Error('It is no hash of Berkeley DB.')
    this.size = this.long(20)
    if (this.size < META || this.size > 65_536 || (this.size & (this.size - 1)) !== 0)
      throw new Error('It has no size of pages.')
    this.count = Math.floor(bytes.length / this.size)
    if (this.long(32) >= this.count) throw new Error('Its pages are not all there.')
    this.#used = new Uint8Array(this.count)
  }

  long(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at)
  }

  short(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at)
  }

  /** The value at an offset of a page; it ends where the item before it begins. Undefined where there is none of a package. */
  value(page: number, offset: number, end: number): Uint8Array | undefined {
    if (offset < HEAD || offset >= this.size) return NONE
    const type = this.#bytes[page + offset]
    if (type === INLINE) {
      if (end <= offset || end > this.size) return NONE
      // The next free number, under the key 0.
      return end - offset - 1 <= 4 ? undefined : this.#bytes.subarray(page + offset + 1, page + end)
    }
    if (type !== ELSEWHERE || offset + 12 > this.size) return NONE
    return this.#chain(this.long(page + offset + 4), this.long(page + offset + 8))
  }

  /** A value on pages of its own, each of which names the next. */
  #chain(first: number, length: number): Uint8Array {
    // No value is longer than the file.
    if (length > this.#bytes.length) return NONE
    this.#scratch.begin(length)
    for (let page = first; page !== 0 && this.#scratch.length < length; ) {
      if (page >= this.count || this.#used[page] === 1) return NONE
      this.#used[page] = 1
      const at = page * this.size
      if (this.#bytes[at + TYPE] !== OVERFLOW) return NONE
      // Of an overflow page, this is how much of it is used.
      const part = Math.min(this.short(at + FREE), this.size - HEAD, length - this.#scratch.length)
      this.#scratch.add(this.#bytes.subarray(at + HEAD, at + HEAD + part))
      page = this.long(at + NEXT)
    }
    return this.#scratch.length === length ? this.#scratch.value() : NONE
  }
}
