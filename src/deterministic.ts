import { isUtf8 } from 'node:buffer'
import { GumshoeError } from './errors.ts'
import { LIMITS } from './limits.ts'

const BYTES = 2
const TEXT = 3
const ARRAY = 4
const MAP = 5
const TAG = 6
const SIMPLE = 7

/** Arrays and maps that are open while their items are walked, innermost last. */
interface Open {
  /** Items to come; a map has two for each of its members. */
  left: number
  readonly isMap: boolean
  /** Where the map's last key stands; empty before the first. */
  keyFrom: number
  keyTo: number
}

/**
 * Walks the heads of CBOR items without recursion and without decoding them, so that nesting and number are bounded
 * before a decoder runs, and that bytes are their own deterministic form (RFC 8949 4.2.1) without writing them again: keys
 * are texts in strictly rising order of their bytes, `__proto__` none of them, and texts are UTF-8. That heads are of the
 * shortest form, and that no key comes twice, is for the decoder to say. False where the order or a text is not as it must
 * be; throws `malformed` for all else.
 */
export const isDeterministic = (bytes: Uint8Array, maxItems: number): boolean => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const open: Open[] = []
  let at = 0
  let count = 0
  let deterministic = true
  while (at < bytes.length) {
    if (++count > maxItems) throw malformed('The CBOR has too many items.')
    const from = at
    const first = bytes[at++]!
    const major = first >> 5
    const info = first & 31
    if (info > 27) throw malformed('CBOR of indefinite length is refused.')
    let length = info
    if (info >= 24) {
      const width = 1 << (info - 24)
      if (at + width > bytes.length) throw malformed('The CBOR ends early.')
      length = 0
      for (let i = 0; i < width; i++) length = length * 256 + bytes[at + i]!
      at += width
    }
    if (major === TAG) throw malformed('CBOR tags are refused.')
    if (major === SIMPLE && info !== 20 && info !== 21)
      throw malformed('Only true and false are simple values here.')
    if (major === BYTES || major === TEXT) {
      if (length > bytes.length - at) throw malformed('The CBOR ends early.')
      at += length
      if (major === TEXT && !isUtf8(buffer.subarray(at - length, at))) deterministic = false
    }
    const inside = open.at(-1)
    if (inside?.isMap && inside.left % 2 === 0) {
      if (major !== TEXT) throw malformed('The keys of a CBOR map are texts.')
      if (!followsInOrder(buffer, inside, from, at)) deterministic = false
    }
    const items = major === ARRAY ? length : major === MAP ? 2 * length : 0
    if (items > bytes.length - at) throw malformed('The CBOR promises more than it holds.')
    if (items > 0) {
      open.push({ left: items, isMap: major === MAP, keyFrom: 0, keyTo: 0 })
      if (open.length > LIMITS.depth) throw malformed('The CBOR is nested too deeply.')
      continue
    }
    while (open.length > 0 && --open.at(-1)!.left === 0) open.pop()
    if (open.length === 0 && at < bytes.length) throw malformed('Bytes follow the CBOR item.')
  }
  if (open.length > 0 || bytes.length === 0) throw malformed('The CBOR ends early.')
  return deterministic
}

const PROTO = Buffer.from('\x69__proto__', 'latin1')

/** Takes note of a key of a map; false where it does not stand behind the one before. */
const followsInOrder = (buffer: Buffer, map: Open, from: number, to: number): boolean => {
  if (to - from === PROTO.length && buffer.compare(PROTO, 0, PROTO.length, from, to) === 0)
    throw malformed('A member may not be named __proto__.')
  const order = map.keyTo === 0 ? -1 : buffer.compare(buffer, from, to, map.keyFrom, map.keyTo)
  map.keyFrom = from
  map.keyTo = to
  return order < 0
}

const malformed = (message: string): GumshoeError => new GumshoeError('malformed', message)
