import { toHex } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

/**
 * The parts of one OpenPGP signature packet (RFC 9580, 5.2.3), read without any crypto and without openpgp. What the
 * unhashed area says is not signed: it is kept apart, as a hint at which key to try, and counts for nothing else.
 */
export interface SignaturePacket {
  readonly version: 4 | 6
  readonly algorithm: number
  readonly hash: number
  /** From the hashed area: the full fingerprint of the signing key or subkey, lower hex. */
  readonly issuer?: string
  /** From the hashed area: when it was made, in ms; 0 where it does not say. */
  readonly created: number
  /** From the hashed area, else from the unhashed one: the last (v4) or first (v6) 8 bytes of the fingerprint, lower hex. */
  readonly keyIdHint?: string
  /** The body up to and with the hashed area, and all that follows the unhashed area. */
  readonly head: Uint8Array
  readonly tail: Uint8Array
}

/** SHA-256, SHA-384, SHA-512, SHA3-256, SHA3-512 (RFC 9580, 9.5). */
const HASHES = [8, 9, 10, 12, 14]
const CREATED = 2
const ISSUER_KEY_ID = 16
const ISSUER_FINGERPRINT = 33

const malformed = (why: string): GumshoeError =>
  new GumshoeError('malformed', `The OpenPGP signature is refused: ${why}.`)

/** Walks bytes forward; whatever ends early is malformed. */
class Reader {
  at = 0
  private readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
  get left(): number {
    return this.bytes.length - this.at
  }
  take(length: number): Uint8Array {
    if (length > this.left) throw malformed('it ends early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
  number(width: number): number {
    return this.take(width).reduce((sum, byte) => sum * 256 + byte, 0)
  }
}

/** One packet's body; old and new headers, no partial lengths. */
const takeBody = (reader: Reader): Uint8Array => {
  const tag = reader.number(1)
  if ((tag & 0x80) === 0) throw malformed('it is no OpenPGP packet')
  const old = (tag & 0x40) === 0
  if ((old ? (tag >> 2) & 15 : tag & 63) !== 2) throw malformed('it holds something else than a signature')
  if (old) {
    if ((tag & 3) === 3) throw malformed('its length is not given')
    return reader.take(reader.number(1 << (tag & 3)))
  }
  const first = reader.number(1)
  if (first < 192) return reader.take(first)
  if (first < 224) return reader.take((first - 192) * 256 + reader.number(1) + 192)
  if (first === 255) return reader.take(reader.number(4))
  throw malformed('it is written in partial lengths')
}

interface Issuers {
  fingerprint?: string
  keyId?: string
  created?: number
}

const issuersOf = (area: Uint8Array): Issuers => {
  const found: Issuers = {}
  const reader = new Reader(area)
  while (reader.left > 0) {
    const first = reader.number(1)
    const length =
      first < 192 ? first : first < 255 ? (first - 192) * 256 + reader.number(1) + 192 : reader.number(4)
    if (length === 0) throw malformed('a subpacket is empty')
    const packet = reader.take(length)
    const type = packet[0]! & 0x7f
    if (type === CREATED && length === 5) found.created = new Reader(packet.subarray(1)).number(4) * 1_000
    if (type === ISSUER_KEY_ID && length === 9) found.keyId = toHex(packet.subarray(1))
    if (type === ISSUER_FINGERPRINT && (length === 22 || length === 34)) {
      found.fingerprint = toHex(packet.subarray(2))
      found.keyId ??= packet[1] === 4 ? found.fingerprint.slice(-16) : found.fingerprint.slice(0, 16)
    }
  }
  return found
}

const parseBody = (body: Uint8Array): SignaturePacket => {
  const reader = new Reader(body)
  const version = reader.number(1)
  if (version !== 4 && version !== 6) throw malformed(`its version is ${version}, not 4 or 6`)
  const width = version === 6 ? 4 : 2
  const type = reader.number(1)
  if (type !== 0) throw malformed(`its type is 0x${type.toString(16)}, not 0x00 (binary)`)
  const algorithm = reader.number(1)
  const hash = reader.number(1)
  if (!HASHES.includes(hash)) throw malformed(`its hash algorithm ${hash} is shorter than SHA-256 or unknown`)
  const hashed = issuersOf(reader.take(reader.number(width)))
  const head = body.subarray(0, reader.at)
  const unhashed = issuersOf(reader.take(reader.number(width)))
  const keyIdHint = hashed.keyId ?? unhashed.keyId ?? unhashed.fingerprint
  return {
    version,
    algorithm,
    hash,
    created: hashed.created ?? 0,
    ...(hashed.fingerprint !== undefined && { issuer: hashed.fingerprint }),
    ...(keyIdHint !== undefined && { keyIdHint }),
    head,
    tail: body.subarray(reader.at)
  }
}

/** Reads exactly one detached binary signature (type 0x00, version 4 or 6, SHA-256 or longer). Throws `malformed`. */
export const parseSignature = (signature: Uint8Array): SignaturePacket => {
  if (signature.length > LIMITS.signatureBytes) throw malformed('it is too long')
  const reader = new Reader(signature)
  const packet = parseBody(takeBody(reader))
  if (reader.left > 0) throw malformed('more follows the one signature')
  return packet
}

/** Cuts what `gpg --detach-sign` wrote (one packet a signer) into single signatures. Throws `malformed`. */
export const splitSignatures = (file: Uint8Array): Uint8Array[] => {
  const reader = new Reader(file)
  const single: Uint8Array[] = []
  while (reader.left > 0) {
    const start = reader.at
    parseBody(takeBody(reader))
    single.push(file.slice(start, reader.at))
  }
  if (single.length === 0) throw malformed('the file is empty')
  return single
}

/** Who may have signed, without crypto: `fingerprint` is signed, `keyId` need not be. Throws `malformed`. */
export const signerHint = (signature: Uint8Array): { keyId?: string; fingerprint?: string } => {
  const { issuer, keyIdHint } = parseSignature(signature)
  return {
    ...(keyIdHint !== undefined && { keyId: keyIdHint }),
    ...(issuer !== undefined && { fingerprint: issuer })
  }
}

/** The same signature with nothing in its unhashed area but the issuer that is to be tried. */
export const withIssuer = (packet: SignaturePacket, fingerprint: Uint8Array): Uint8Array => {
  const area =
    packet.version === 4
      ? [0, 10, 9, ISSUER_KEY_ID, ...fingerprint.subarray(-8)]
      : [0, 0, 0, fingerprint.length + 3, fingerprint.length + 2, ISSUER_FINGERPRINT, 6, ...fingerprint]
  const length = packet.head.length + area.length + packet.tail.length
  const header = new Uint8Array(6)
  header.set([0xc2, 0xff])
  new DataView(header.buffer).setUint32(2, length)
  return Uint8Array.from([...header, ...packet.head, ...area, ...packet.tail])
}
