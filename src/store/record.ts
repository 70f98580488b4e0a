import { hash } from 'node:crypto'

/**
 * Every value in a store carries its length and the first 8 bytes of the SHA-256 of key and value: LevelDB returns wrong
 * values without an error after a bit has flipped (threats.md, F5). The key is inside, so that a value can't stand in for
 * another.
 */
const HEAD = 12
const LENGTH = 4
const DIGEST = HEAD - LENGTH

/** What a record is made of. */
export interface Content {
  readonly key: string
  readonly value: Uint8Array
}

/** Where key and value stand side by side for a moment: two allocations a record are most of what digesting it costs. */
const desk = Buffer.alloc(64 * 1_024)
/** Where the records of one batch stand until LevelDB has copied them: that of a busy node fits, larger ones get their own. */
const shelf = { bytes: Buffer.alloc(0) }
const SHELF_BYTES = 1_024 * 1_024

/** A character of a key is at most three bytes of UTF-8. */
const roomFor = ({ key, value }: Content): number => HEAD + 3 * key.length + 1 + value.length

export const wrapRecord = (key: string, value: Uint8Array): Uint8Array =>
  new Uint8Array(wrapRecords([{ key, value }])[0]!)

/** Records that hold until the next are wrapped, which saves an allocation and a copy of each. */
export const wrapRecords = (contents: readonly Content[]): Uint8Array[] => {
  const whole = roomOf(contents.reduce((room, content) => room + roomFor(content), 0))
  let at = 0
  return contents.map(content => {
    const from = at + HEAD
    const value = lay(whole, from, content)
    at = value + content.value.length
    const digest = digestText(whole.subarray(from, at))
    // The key was there for the digest; in front of the value stands what is said of both.
    whole.writeUInt32BE(content.value.length, value - HEAD)
    whole.write(digest, value - DIGEST, DIGEST, 'latin1')
    return whole.subarray(value - HEAD, at)
  })
}

const roomOf = (bytes: number): Buffer => {
  if (bytes > SHELF_BYTES) return Buffer.allocUnsafeSlow(bytes)
  if (shelf.bytes.length < bytes) shelf.bytes = Buffer.allocUnsafeSlow(Math.min(SHELF_BYTES, 2 * bytes))
  return shelf.bytes
}

/** Lays key and value side by side; where the value begins. */
const lay = (whole: Buffer, at: number, { key, value }: Content): number => {
  const end = at + whole.write(key, at)
  whole[end] = 0
  whole.set(value, end + 1)
  return end + 1
}

/** The value, or undefined where the record is damaged. */
export const unwrapRecord = (key: string, record: Uint8Array): Uint8Array | undefined => {
  if (record.length < HEAD) return undefined
  // LevelDB hands out Buffers, whose slice() is another one than that of a Uint8Array.
  const value = new Uint8Array(record.buffer, record.byteOffset + HEAD, record.length - HEAD)
  const head = Buffer.from(record.buffer, record.byteOffset, HEAD)
  if (value.length !== head.readUInt32BE(0)) return undefined
  const told = head.toString('latin1', LENGTH)
  return digestAt({ key, value }).startsWith(told) ? value : undefined
}

/** The digest that a record carries. */
export const digestIn = (record: Uint8Array): Uint8Array => record.subarray(LENGTH, HEAD)

/** The digest that a record of these would carry. */
export const digestOf = (key: string, value: Uint8Array): Uint8Array =>
  Buffer.from(digestAt({ key, value }).slice(0, DIGEST), 'latin1')

const digestAt = (content: Content): string => {
  const room = roomFor(content)
  const whole = room <= desk.length ? desk : Buffer.allocUnsafe(room)
  return digestText(whole.subarray(0, lay(whole, 0, content) + content.value.length))
}

/** One byte a character: to make a Buffer of a digest takes twice as long as to digest a short record. */
const digestText = (bytes: Uint8Array): string => hash('sha256', bytes, 'binary')
