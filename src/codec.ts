import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { decode, encode, rfc8949EncodeOptions } from 'cborg'
import { isDeterministic } from './deterministic.ts'
import { GumshoeError } from './errors.ts'
import { LIMITS } from './limits.ts'

/** What JSON documents are made of: no null, no fractions (design 2). */
export type Json = string | number | boolean | Json[] | { [key: string]: Json | undefined }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** SHA-256 as lower hex: the id of a document, as `sha256sum` prints it. */
export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex')

/** In one call: an object with updates takes longer for what is as short as most documents. */
export const sha256 = (...parts: Uint8Array[]): Uint8Array =>
  hash('sha256', parts.length === 1 ? parts[0]! : Buffer.concat(parts), 'buffer')

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
export const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'))
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
export const utf8Bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
/** The same bytes with nothing around them: whoever keeps a part keeps the whole, and what is encoded or came in is a part of 64 KiB. */
export const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && Buffer.compare(a, b) === 0

/** Canonical JSON (RFC 8785) as UTF-8 bytes: what people sign. Throws `malformed` for what decodeJson would not take. */
export const encodeJson = (value: unknown): Uint8Array => {
  checkValue(value, 0, false)
  return utf8Bytes(canonicalize(value)!)
}

/**
 * Strict reading of canonical JSON: UTF-8, bounded depth, integers only, no null, and equal byte for byte to its own
 * canonical form, which also rules out duplicate members, spaces and trailing bytes. The result has no prototype traps:
 * `__proto__` is refused by name. Throws `malformed` or `not-canonical`, nothing else.
 */
export const decodeJson = (bytes: Uint8Array): Json => {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(bytes))
  } catch (cause) {
    throw new GumshoeError('malformed', 'The document is not JSON in UTF-8.', { cause })
  }
  if (!sameBytes(encodeJson(value), bytes)) {
    throw new GumshoeError('not-canonical', 'The document is not canonical JSON (RFC 8785).')
  }
  return value as Json
}

/**
 * Refuses what the house's JSON and CBOR do not hold, both ways, so that nothing is written that nobody can read: null,
 * fractions, numbers beyond 2^53-1, lone surrogates, `__proto__`, class instances, more than LIMITS.depth levels. Bytes
 * are for CBOR only. Undefined members are left out by both writers.
 */
const checkValue = (value: unknown, depth: number, bytes: boolean): void => {
  if (depth > LIMITS.depth) throw new GumshoeError('malformed', 'The document is nested too deeply.')
  if (typeof value === 'boolean') return
  if (typeof value === 'string') {
    if (value.isWellFormed()) return
    throw new GumshoeError('malformed', 'A text holds a lone surrogate.')
  }
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return
    throw new GumshoeError('malformed', 'Numbers are integers up to 2^53-1.')
  }
  if (value === null) throw new GumshoeError('malformed', 'A document has no null; leave the member out.')
  if (bytes && value instanceof Uint8Array) return
  if (Array.isArray(value)) {
    for (const item of value) checkValue(item, depth + 1, bytes)
    return
  }
  if (typeof value !== 'object' || !isPlain(value))
    throw new GumshoeError('malformed', `A document holds no ${typeof value} like this one.`)
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') throw new GumshoeError('malformed', 'A member may not be named __proto__.')
    if (!key.isWellFormed())
      throw new GumshoeError('malformed', 'The name of a member holds a lone surrogate.')
    if (member !== undefined) checkValue(member, depth + 1, bytes)
  }
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * Deterministic CBOR (RFC 8949 4.2): what machines sign. Maps have text keys; undefined members are left out. Throws
 * `malformed` for what decodeCbor would not take.
 */
export const encodeCbor = (value: unknown): Uint8Array => {
  checkValue(value, 0, true)
  const bytes = encode(value, { ...rfc8949EncodeOptions, ignoreUndefinedProperties: true })
  // The encoder answers with a Buffer now and then, whose slice() is another one than that of a Uint8Array.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/**
 * Strict reading of deterministic CBOR: bounded depth before decoding, no tags, floats, null, undefined or indefinite
 * lengths, no `__proto__`. Throws `malformed` or `not-canonical`, nothing else. Byte strings are copies.
 */
export const decodeCbor = (bytes: Uint8Array, maxItems = Number.POSITIVE_INFINITY): unknown => {
  const deterministic = isDeterministic(bytes, maxItems)
  let value: unknown
  try {
    value = decode(bytes, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true
    })
  } catch (cause) {
    throw new GumshoeError('malformed', 'The document is not strict CBOR.', { cause })
  }
  if (!deterministic) throw new GumshoeError('not-canonical', 'The document is not deterministic CBOR.')
  return value
}
