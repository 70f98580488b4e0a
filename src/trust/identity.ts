import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { sameBytes, utf8Bytes } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import { publicPem } from './pem.ts'

/** The Ed25519 key of a machine: an agent, a bootstrap node, a console or an enrolment (design 1). The libp2p key is the same one. */
export interface Identity {
  /** The libp2p peer id in base58. */
  readonly peer: string
  /** Raw 32 bytes. */
  readonly publicKey: Uint8Array
  /** Raw 32 bytes: the secret. */
  readonly seed: Uint8Array
  /** Signs `kind ‖ 0x00 ‖ bytes`, kind being the document's whole kind (`gumshoe/answer/1`): the key also signs noise. */
  sign(kind: string, bytes: Uint8Array): Uint8Array
}

// DER of PKCS#8 and SubjectPublicKeyInfo for Ed25519 (RFC 8410), up to the raw key.
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
/** Identity multihash of 36 bytes: protobuf {type: Ed25519, data: 32 bytes} (libp2p specs, peer-ids). */
const PEER_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

const toBase58 = (bytes: Uint8Array): string => {
  let number = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  for (; number > 0n; number /= 58n) text = ALPHABET[Number(number % 58n)] + text
  for (const byte of bytes) {
    if (byte !== 0) break
    text = `1${text}`
  }
  return text
}

/** Only for peer ids: 38 bytes that begin with one zero. */
const peerBytes = (peer: string): Uint8Array => {
  let number = 0n
  for (const letter of peer) number = number * 58n + BigInt(ALPHABET.indexOf(letter))
  return new Uint8Array(Buffer.from(number.toString(16).padStart(76, '0'), 'hex'))
}

/** The peer id of a raw Ed25519 public key. */
export const peerOfPublicKey = (publicKey: Uint8Array): string => {
  if (publicKey.length !== 32) throw new GumshoeError('malformed', 'An Ed25519 public key has 32 bytes.')
  return toBase58(Uint8Array.of(...PEER_PREFIX, ...publicKey))
}

/** The raw Ed25519 public key inside a peer id. Throws `malformed`. */
export const publicKeyOfPeer = (peer: string): Uint8Array => {
  if (/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/.test(peer)) {
    const bytes = peerBytes(peer)
    if (bytes.length === 38 && sameBytes(bytes.subarray(0, 6), PEER_PREFIX)) return bytes.slice(6)
  }
  throw new GumshoeError('malformed', 'This is not a peer id of an Ed25519 key (12D3KooW…).')
}

const message = (kind: string, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([utf8Bytes(kind), Uint8Array.of(0), bytes])

/** Keys ready to use, by their raw bytes: a host's answers and receipts come by the hundred, and making one costs as much as a hash of 100 KiB. */
const ready = new Map<string, KeyObject>()
/** Of a large fleet; each takes about 1 KiB. */
const READY = 4_096

const publicObject = (raw: Uint8Array): KeyObject => {
  const name = Buffer.from(raw).toString('latin1')
  const known = ready.get(name)
  if (known !== undefined) return known
  const key = createPublicKey(publicPem(Buffer.concat([PUBLIC_PREFIX, raw])))
  if (ready.size >= READY) ready.clear()
  ready.set(name, key)
  return key
}

/** From a kept seed, or a new one. */
export const makeIdentity = (seed: Uint8Array = randomBytes(32)): Identity => {
  if (seed.length !== 32) throw new GumshoeError('malformed', 'An Ed25519 seed has 32 bytes.')
  const own = Uint8Array.from(seed)
  const key = createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, own]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const publicKey = new Uint8Array(spki.subarray(PUBLIC_PREFIX.length))
  return {
    peer: peerOfPublicKey(publicKey),
    publicKey,
    seed: own,
    sign: (kind, bytes) => new Uint8Array(sign(null, message(kind, bytes), key))
  }
}

/** True where the signature is by this raw key over `kind ‖ 0x00 ‖ bytes`. Never throws for what a peer sent. */
export const verifyEd25519 = (
  publicKey: Uint8Array,
  kind: string,
  bytes: Uint8Array,
  signature: Uint8Array
): boolean => {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    return verify(null, message(kind, bytes), publicObject(publicKey), signature)
  } catch {
    return false
  }
}

const verifySoon = promisify(
  (
    data: Uint8Array,
    key: KeyObject,
    signature: Uint8Array,
    done: (error: Error | null, ok: boolean) => void
  ) => verify(null, data, key, signature, done)
)

/** Likewise, on another thread: a node or a console that verifies thousands stays responsive, and uses every core. */
export const verifyEd25519Soon = async (
  publicKey: Uint8Array,
  kind: string,
  bytes: Uint8Array,
  signature: Uint8Array
): Promise<boolean> => {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    return await verifySoon(message(kind, bytes), publicObject(publicKey), signature)
  } catch {
    return false
  }
}
