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
  return sameBytes(digestOf(key, value), record.subarray(4, HEAD)) ? value : undefined
}

const digestOf = (key: string, value: Uint8Array): Uint8Array =>
  sha256(Buffer.from(`${key}\0`), value).subarray(0, 8)
