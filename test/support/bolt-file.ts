/** Writes databases of bbolt, so far as tests need them: small buckets in their value, large ones on pages of their own. */

export interface BoltTree {
  readonly [key: string]: string | Uint8Array | BoltTree
}

const PAGE = 4_096
/** Entries of a leaf, from where on a bucket gets a branch above several. */
const LEAF = 40

interface Entry {
  readonly key: Buffer
  readonly value: Buffer
  readonly isBucket: boolean
}

export const boltFile = (tree: BoltTree): Buffer => {
  // Two pages for what is known of the database, and one for what is free.
  const pages: Buffer[] = [Buffer.alloc(PAGE), Buffer.alloc(PAGE), header(Buffer.alloc(PAGE), 2, 0x10, 0)]
  const root = place(pages, entriesOf(pages, tree))
  for (const i of [0, 1]) pages[i] = meta(i, root, BigInt(pages.length))
  return Buffer.concat(pages)
}

const entriesOf = (pages: Buffer[], tree: BoltTree): Entry[] =>
  Object.entries(tree)
    .map(([key, value]) => {
      if (typeof value === 'string' || value instanceof Uint8Array)
        return { key: Buffer.from(key), value: Buffer.from(value as string), isBucket: false }
      return { key: Buffer.from(key), value: bucket(pages, value), isBucket: true }
    })
    .sort((one, other) => Buffer.compare(one.key, other.key))

const bucket = (pages: Buffer[], tree: BoltTree): Buffer => {
  const entries = entriesOf(pages, tree)
  const inline = leaf(entries, 0)
  if (entries.every(({ isBucket }) => !isBucket) && inline.length < PAGE / 4)
    return Buffer.concat([Buffer.alloc(16), inline])
  const value = Buffer.alloc(16)
  value.writeBigUInt64LE(BigInt(place(pages, entries)))
  return value
}

/** Puts entries on pages and returns the first of them. */
const place = (pages: Buffer[], entries: readonly Entry[]): number => {
  if (entries.length <= LEAF) return put(pages, leaf(entries, pages.length))
  const below: { key: Buffer; page: number }[] = []
  for (let i = 0; i < entries.length; i += LEAF) {
    const some = entries.slice(i, i + LEAF)
    below.push({ key: some[0]!.key, page: put(pages, leaf(some, pages.length)) })
  }
  const keys = Buffer.concat(below.map(({ key }) => key))
  const page = Buffer.alloc(16 + 16 * below.length + keys.length)
  keys.copy(page, 16 + 16 * below.length)
  let at = 16 + 16 * below.length
  for (const [i, { key, page: id }] of below.entries()) {
    page.writeUInt32LE(at - (16 + 16 * i), 16 + 16 * i)
    page.writeUInt32LE(key.length, 20 + 16 * i)
    page.writeBigUInt64LE(BigInt(id), 24 + 16 * i)
    at += key.length
  }
  return put(pages, header(page, pages.length, 1, below.length))
}

/** What is larger than a page goes on in the next ones. */
const put = (pages: Buffer[], page: Buffer): number => {
  const id = pages.length
  const count = Math.max(1, Math.ceil(page.length / PAGE))
  const whole = Buffer.alloc(count * PAGE)
  page.copy(whole)
  whole.writeBigUInt64LE(BigInt(id), 0)
  whole.writeUInt32LE(count - 1, 12)
  for (let i = 0; i < count; i++) pages.push(whole.subarray(i * PAGE, (i + 1) * PAGE))
  return id
}

const leaf = (entries: readonly Entry[], id: number): Buffer => {
  const front = 16 + 16 * entries.length
  const data = Buffer.concat(entries.flatMap(({ key, value }) => [key, value]))
  const page = Buffer.concat([Buffer.alloc(front), data])
  let at = front
  for (const [i, { key, value, isBucket }] of entries.entries()) {
    const element = 16 + 16 * i
    page.writeUInt32LE(isBucket ? 1 : 0, element)
    page.writeUInt32LE(at - element, element + 4)
    page.writeUInt32LE(key.length, element + 8)
    page.writeUInt32LE(value.length, element + 12)
    at += key.length + value.length
  }
  return header(page, id, 2, entries.length)
}

const header = (page: Buffer, id: number, flags: number, count: number): Buffer => {
  page.writeBigUInt64LE(BigInt(id), 0)
  page.writeUInt16LE(flags, 8)
  page.writeUInt16LE(count, 10)
  return page
}

const meta = (i: number, root: number, pages: bigint): Buffer => {
  const page = header(Buffer.alloc(PAGE), i, 4, 0)
  page.writeUInt32LE(0xed0cdaed, 16)
  page.writeUInt32LE(2, 20)
  page.writeUInt32LE(PAGE, 24)
  page.writeBigUInt64LE(BigInt(root), 32)
  page.writeBigUInt64LE(2n, 48)
  page.writeBigUInt64LE(pages, 56)
  page.writeBigUInt64LE(BigInt(i + 1), 64)
  page.writeBigUInt64LE(fnv(page.subarray(16, 72)), 72)
  return page
}

const fnv = (bytes: Buffer): bigint =>
  bytes.reduce((sum, byte) => BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n), 0xcbf29ce484222325n)
