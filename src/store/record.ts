import { sameBytes, sha256 } from '../codec.ts'

/**
 * Every value in a store carries its length and the first 8 bytes of the SHA-256 of key and value: LevelDB returns wrong
 * values without an error after a bit has flipped (threats.md, F5). The key is inside, so that a value can't stand in for
 * another.
 */
const HEAD = 12

export const wrapRecord = (key: string, value: Uint8Array): Uint8Array => {
  const record = new Uint8Array(HEAD + value.length)
  new DataView(record.buffer).setUint32(0, value.length)
  record.set(digestOf(key, value), 4)
  record.set(value, HEAD)
  return record
}

/** The value, or undefined where the record is damaged. */
export const unwrapRecord = (key: string, record: Uint8Array): Uint8Array | undefined => {
  if (record.length < HEAD) return undefined
  const length = new DataView(record.buffer, record.byteOffset, record.byteLength).getUint32(0)
  // LevelDB hands out Buffers, whose slice() is another one than that of a Uint8Array.
  const value = new Uint8Array(record.buffer, record.byteOffset + HEAD, record.length - HEAD)
  if (value.length !== length) return undefined
  return sameBytes(digestOf(key, value), digestIn(record)) ? value : undefined
}

/** The digest that a record carries. */
export const digestIn = (record: Uint8Array): Uint8Array => record.subarray(4, HEAD)

/** Where key and value stand side by side for a moment: two allocations a record are most of what digesting it costs. */
const desk = Buffer.alloc(64 * 1_024)

export const digestOf = (key: string, value: Uint8Array): Uint8Array => {
  // A character of a key is at most three bytes of UTF-8.
  const room = 3 * key.length + 1 + value.length
  const whole = room <= desk.length ? desk : Buffer.allocUnsafe(room)
  const at = whole.write(key)
  whole[at] = 0
  whole.set(value, at + 1)
  return sha256(whole.subarray(0, at + 1 + value.length)).subarray(0, 8)
}
