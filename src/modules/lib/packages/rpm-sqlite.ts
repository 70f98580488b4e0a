import { Scratch } from './scratch.ts'

/**
 * The blobs of the table `Packages` in a file of SQLite (fileformat2): one copy of it in memory is all that there is, where
 * SQLite itself would need another two, and a workstation's has 200 MB. Only tables are read; nothing that a schema says is run.
 */
const MAGIC = Buffer.from('SQLite format 3\0', 'latin1')
const HEAD = 100
/** Types of pages. */
const LEAF = 0x0d
const INTERIOR = 0x05

const NONE = new Uint8Array()
const TABLE = Buffer.from('Packages')

/** Throws where the file is none of these, has no such table, or is not whole; an empty blob stands for one that is not. */
export function* sqliteBlobs(bytes: Buffer): Generator<Uint8Array> {
  const pages = new Pages(bytes)
  let root: number | undefined
  for (const record of pages.records(1)) {
    const [type, , table, page] = fieldsOf(record)
    const isTable = type !== undefined && Buffer.from('table').equals(type)
    if (isTable && table !== undefined && TABLE.equals(table) && page !== undefined) root = numberOf(page)
  }
  if (root === undefined) throw new Error('There is no table of packages.')
  // Its columns are a number, which is kept beside the record, and the blob.
  for (const record of pages.records(root)) yield fieldsOf(record)[1] ?? NONE
}

class Pages {
  readonly #bytes: Buffer
  readonly #size: number
  /** Of a page, what is not reserved. */
  readonly #usable: number
  readonly #count: number
  readonly #used: Uint8Array
  readonly #scratch = new Scratch()

  constructor(bytes: Buffer) {
    if (bytes.length < 512 || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
      throw new Error('It is no SQLite.')
    const size = bytes.readUInt16BE(16)
    this.#bytes = bytes
    this.#size = size === 1 ? 65_536 : size
    this.#usable = this.#size - bytes[20]!
    if (this.#size < 512 || (this.#size & (this.#size - 1)) !== 0 || this.#usable < 480)
      throw new Error('It has no size of pages.')
    this.#count = Math.floor(bytes.length / this.#size)
    this.#used = new Uint8Array(this.#count + 1)
  }

  /** All records of a table, in no order; each page is looked at once, so that none leads back to itself. */
  *records(root: number): Generator<Uint8Array> {
    const pages = [root]
    for (let page = pages.pop(); page !== undefined; page = pages.pop()) {
      const start = this.#take(page)
      const at = page === 1 ? start + HEAD : start
      const type = this.#bytes[at]
      if (type !== LEAF && type !== INTERIOR) throw new Error('A page is none of a table.')
      const cells = this.#bytes.readUInt16BE(at + 3)
      const pointers = at + (type === LEAF ? 8 : 12)
      if (pointers + 2 * cells > start + this.#size) throw new Error('A page has more cells than room.')
      if (type === INTERIOR) pages.push(this.#bytes.readUInt32BE(at + 8))
      // What is told twice, or lies one in another, would make a page as much work as the square of its size.
      const told = new Set<number>()
      let room = this.#size
      for (let i = 0; i < cells; i++) {
        const cell = this.#bytes.readUInt16BE(pointers + 2 * i)
        if (cell + 4 > this.#usable) throw new Error('A cell lies behind its page.')
        if (told.has(cell)) throw new Error('A cell is there twice.')
        told.add(cell)
        if (type === INTERIOR) {
          pages.push(this.#bytes.readUInt32BE(start + cell))
          continue
        }
        const record = this.#record(start + cell, start + this.#usable)
        room -= this.#local(record.length)
        if (room < 0) throw new Error('Cells lie one in another.')
        yield record
      }
    }
  }

  /** Where a page begins. Throws where there is none, or where it was looked at before. */
  #take(page: number): number {
    if (page < 1 || page > this.#count) throw new Error('A page is not there.')
    if (this.#used[page] === 1) throw new Error('A page is there twice.')
    this.#used[page] = 1
    return (page - 1) * this.#size
  }

  /** What a cell holds: all of it on its page, or the rest on a chain of others. */
  #record(cell: number, end: number): Uint8Array {
    const length = varint(this.#bytes, cell)
    const from = varint(this.#bytes, length.end).end
    if (length.value > this.#bytes.length) throw new Error('A record is longer than the file.')
    const here = this.#local(length.value)
    if (from + here > end) throw new Error('A record lies behind its page.')
    if (here === length.value) return this.#bytes.subarray(from, from + here)
    this.#scratch.begin(length.value)
    this.#scratch.add(this.#bytes.subarray(from, from + here))
    let page = this.#bytes.readUInt32BE(from + here)
    while (this.#scratch.length < length.value) {
      const start = this.#take(page)
      const part = Math.min(this.#usable - 4, length.value - this.#scratch.length)
      this.#scratch.add(this.#bytes.subarray(start + 4, start + 4 + part))
      page = this.#bytes.readUInt32BE(start)
    }
    return this.#scratch.value()
  }

  /** How much of a record lies on its page (fileformat2, 1.6). */
  #local(length: number): number {
    const most = this.#usable - 35
    if (length <= most) return length
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23
    const local = least + ((length - least) % (this.#usable - 4))
    return local <= most ? local : least
  }
}

/** 7 bits a byte, the first ones in front; a ninth byte would make it larger than any length. */
const varint = (bytes: Uint8Array, at: number): { value: number; end: number } => {
  let value = 0
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) break
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return { value, end: at + i + 1 }
  }
  throw new Error('A number has no end.')
}

/** Values of a record; undefined for what is none, or not whole. */
const fieldsOf = (record: Uint8Array): (Uint8Array | undefined)[] => {
  const head = varint(record, 0)
  const fields: (Uint8Array | undefined)[] = []
  let at = head.value
  for (let next = head.end; next < head.value && next < record.length; ) {
    const type = varint(record, next)
    const length = lengthOf(type.value)
    const isWhole = length > 0 && at + length <= record.length
    fields.push(isWhole ? record.subarray(at, at + length) : undefined)
    at += length
    next = type.end
  }
  return fields
}

/** How long a value of a type is; 0 for those that are told by their type alone. */
const lengthOf = (type: number): number =>
  type >= 12
    ? Math.floor((type - 12) / 2)
    : type === 5
      ? 6
      : type === 6 || type === 7
        ? 8
        : type < 5
          ? type
          : 0

const numberOf = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0)
