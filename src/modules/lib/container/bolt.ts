import { GumshoeError } from '../../../errors.ts'

/**
 * A reader of bbolt databases (go.etcd.io/bbolt): pages of a B+tree, buckets within buckets. The file is in memory, each
 * page is looked up where the file says, and a budget ends a walk that pages in a circle would make endless.
 */
const MAGIC = 0xed0cdaed
const VERSION = 2
const HEADER = 16
const ELEMENT = 16
const BUCKET = 16
const [IS_BRANCH, IS_LEAF] = [1, 2]
const IN_BUCKET = 1
/** Keys that may be looked at in all: a node with a thousand containers has some hundred thousand. */
const MOST = 1_000_000
const DEEP = 32

export interface BoltEntry {
  readonly key: Buffer
  readonly value: Buffer
  /** The value is a bucket: it can be walked itself. */
  readonly isBucket: boolean
}

export class Bolt {
  readonly #bytes: Buffer
  readonly #pageSize: number
  readonly #root: bigint
  #left = MOST

  /** Throws `unreadable` where it is no such database. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes
    const sizes = [4_096, 8_192, 16_384, 65_536, 1_024, 2_048, 32_768]
    const metas = [metaAt(bytes, 0), ...sizes.map(size => metaAt(bytes, size))].filter(
      meta => meta !== undefined
    )
    // There are two, and the newer one that was written whole counts.
    const meta = metas.reduce<Meta | undefined>(
      (best, one) => (best && best.transaction >= one.transaction ? best : one),
      undefined
    )
    if (meta === undefined) throw bad('It is no bolt database.')
    this.#pageSize = meta.pageSize
    this.#root = meta.root
  }

  /** Entries of a bucket by its value, or of the whole database. Throws `unreadable` where pages are not sound. */
  *entries(bucket?: Buffer): Generator<BoltEntry> {
    if (bucket === undefined) yield* this.#below(this.#root)
    else if (bucket.length < BUCKET) throw bad('A bucket is cut off.')
    else if (bucket.readBigUInt64LE(0) !== 0n) yield* this.#below(bucket.readBigUInt64LE(0))
    // A small bucket is its own page.
    else yield* this.#leaf(bucket.subarray(BUCKET))
  }

  /** The value of a key, or of one in a bucket in a bucket. */
  find(bucket: Buffer | undefined, key: string): BoltEntry | undefined {
    const wanted = Buffer.from(key)
    for (const entry of this.entries(bucket)) if (entry.key.equals(wanted)) return entry
    return undefined
  }

  *#below(root: bigint): Generator<BoltEntry> {
    const todo: { page: bigint; depth: number }[] = [{ page: root, depth: 0 }]
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const { page: id, depth } = next
      if (depth > DEEP) throw bad('Its pages are too deep.')
      const page = this.#page(id)
      const flags = page.readUInt16LE(8)
      if (flags === IS_LEAF) yield* this.#leaf(page)
      else if (flags === IS_BRANCH) {
        const count = page.readUInt16LE(10)
        // The last one first, so that the first is taken next.
        for (let i = count - 1; i >= 0; i--) {
          this.#spend()
          const at = HEADER + i * ELEMENT
          if (at + ELEMENT > page.length) throw bad('A page is cut off.')
          todo.push({ page: page.readBigUInt64LE(at + 8), depth: depth + 1 })
        }
      } else throw bad('A page is of no known kind.')
    }
  }

  *#leaf(page: Buffer): Generator<BoltEntry> {
    if (page.length < HEADER) throw bad('A page is cut off.')
    const count = page.readUInt16LE(10)
    for (let i = 0; i < count; i++) {
      this.#spend()
      const at = HEADER + i * ELEMENT
      if (at + ELEMENT > page.length) throw bad('A page is cut off.')
      const from = at + page.readUInt32LE(at + 4)
      const middle = from + page.readUInt32LE(at + 8)
      const end = middle + page.readUInt32LE(at + 12)
      if (end > page.length) throw bad('A value is cut off.')
      yield {
        key: page.subarray(from, middle),
        value: page.subarray(middle, end),
        isBucket: (page.readUInt32LE(at) & IN_BUCKET) !== 0
      }
    }
  }

  #page(id: bigint): Buffer {
    const from = Number(id) * this.#pageSize
    if (!Number.isSafeInteger(from) || from + HEADER > this.#bytes.length) throw bad('A page is missing.')
    const more = this.#bytes.readUInt32LE(from + 12)
    return this.#bytes.subarray(from, from + (more + 1) * this.#pageSize)
  }

  #spend(): void {
    if (--this.#left < 0) throw bad('It has more keys than any host.')
  }
}

interface Meta {
  readonly pageSize: number
  readonly root: bigint
  readonly transaction: bigint
}

const metaAt = (bytes: Buffer, from: number): Meta | undefined => {
  const at = from + HEADER
  if (bytes.length < at + 64 || bytes.readUInt32LE(at) !== MAGIC || bytes.readUInt32LE(at + 4) !== VERSION)
    return undefined
  const pageSize = bytes.readUInt32LE(at + 8)
  if (pageSize < 512 || pageSize > 1 << 20 || (from !== 0 && from !== pageSize)) return undefined
  if (bytes.readBigUInt64LE(at + 56) !== checksum(bytes.subarray(at, at + 56))) return undefined
  return { pageSize, root: bytes.readBigUInt64LE(at + 16), transaction: bytes.readBigUInt64LE(at + 48) }
}

/** FNV-1a of 64 bits. */
const checksum = (bytes: Buffer): bigint => {
  let sum = 0xcbf29ce484222325n
  for (const byte of bytes) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n)
  return sum
}

const bad = (why: string): GumshoeError => new GumshoeError('unreadable', why)
