import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  type KeyObject
} from 'node:crypto'
import { utf8Bytes } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import { publicPem } from './pem.ts'

/**
 * HPKE (RFC 9180) in base mode, one message a key: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, over
 * node:crypto, which is five times faster than the libraries (mesh-facts.md 6). Held by the RFC's vectors and by
 * @hpke/core in the tests. `aead` is a parameter because the vector in the RFC's own appendix (A.1) is of AES-128.
 */
export interface Aead {
  readonly id: number
  readonly name: 'aes-128-gcm' | 'aes-256-gcm'
  readonly keyBytes: number
}

export const AES_128: Aead = { id: 1, name: 'aes-128-gcm', keyBytes: 16 }
export const AES_256: Aead = { id: 2, name: 'aes-256-gcm', keyBytes: 32 }

const TAG = 16
const NONCE = 12
const EMPTY = new Uint8Array(0)
const VERSION = utf8Bytes('HPKE-v1')
const KEM_SUITE = Uint8Array.of(0x4b, 0x45, 0x4d, 0x00, 0x20)

// DER of PKCS#8 and SubjectPublicKeyInfo for X25519 (RFC 8410), up to the raw key.
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')

const privateObject = (raw: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, raw]), format: 'der', type: 'pkcs8' })

const publicObject = (raw: Uint8Array): KeyObject =>
  createPublicKey(publicPem(Buffer.concat([PUBLIC_PREFIX, raw])))

const rawPublic = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length))

export interface KeyPair {
  /** Raw 32 bytes each. */
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

export const makePair = (): KeyPair => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const raw = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PRIVATE_PREFIX.length)
  return { publicKey: rawPublic(publicKey), privateKey: new Uint8Array(raw) }
}

export const publicOf = (privateKey: Uint8Array): Uint8Array =>
  rawPublic(createPublicKey(privateObject(privateKey)))

/** HMAC-SHA256 (RFC 2104) of keys that fit a block, in two one-shot hashes: node:crypto's own takes three times as long for so few bytes. */
const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Uint8Array => {
  const pad = (byte: number): Uint8Array => {
    const block = new Uint8Array(BLOCK).fill(byte)
    for (let i = 0; i < key.length; i++) block[i]! ^= key[i]!
    return block
  }
  const inner = hash('sha256', Buffer.concat([pad(0x36), ...parts]), 'buffer')
  return hash('sha256', Buffer.concat([pad(0x5c), inner]), 'buffer')
}
const BLOCK = 64

/** LabeledExtract and LabeledExpand of RFC 9180, 4. */
const extract = (suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array =>
  hmac(salt, VERSION, suite, utf8Bytes(label), ikm)

/** At most 32 bytes: one block of HKDF-Expand is all that is ever asked for here. */
const expand = (suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number) =>
  hmac(prk, Uint8Array.of(0, length), VERSION, suite, utf8Bytes(label), info, Uint8Array.of(1)).subarray(
    0,
    length
  )

interface Setting {
  readonly suite: Uint8Array
  readonly context: Uint8Array
}

/** By AEAD and info: the same few for all that a process ever opens. */
const settings = new Map<string, Setting>()

const settingOf = (info: Uint8Array, aead: Aead): Setting => {
  const name = `${aead.id} ${Buffer.from(info).toString('latin1')}`
  const known = settings.get(name)
  if (known !== undefined) return known
  const suite = Uint8Array.of(0x48, 0x50, 0x4b, 0x45, 0, 0x20, 0, 1, 0, aead.id)
  const pskId = extract(suite, EMPTY, 'psk_id_hash', EMPTY)
  const context = Buffer.concat([Uint8Array.of(0), pskId, extract(suite, EMPTY, 'info_hash', info)])
  if (settings.size >= SETTINGS) settings.clear()
  settings.set(name, { suite, context })
  return { suite, context }
}
const SETTINGS = 16

const schedule = (shared: Uint8Array, info: Uint8Array, aead: Aead) => {
  const { suite, context } = settingOf(info, aead)
  const secret = extract(suite, shared, 'secret', EMPTY)
  return {
    key: expand(suite, secret, 'key', context, aead.keyBytes),
    nonce: expand(suite, secret, 'base_nonce', context, NONCE)
  }
}

const sharedSecret = (own: KeyObject, other: KeyObject, enc: Uint8Array, recipient: Uint8Array) => {
  // OpenSSL refuses a shared secret of zeros, as RFC 9180, 7.1.4 asks.
  const dh = diffieHellman({ privateKey: own, publicKey: other })
  const prk = extract(KEM_SUITE, EMPTY, 'eae_prk', dh)
  return expand(KEM_SUITE, prk, 'shared_secret', Buffer.concat([enc, recipient]), 32)
}

/** `enc ‖ ciphertext ‖ tag`. Throws `malformed` for a public key of low order or wrong length. */
export const hpkeSeal = (
  recipient: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
  info: Uint8Array,
  options: { aead?: Aead; ephemeral?: KeyPair } = {}
): Uint8Array => {
  const aead = options.aead ?? AES_256
  let own: OwnKey
  let shared: Uint8Array
  try {
    own = options.ephemeral === undefined ? newKey() : ownKey(options.ephemeral.privateKey)
    shared = sharedSecret(own.key, publicObject(recipient), own.publicKey, recipient)
  } catch (cause) {
    throw new GumshoeError('malformed', 'The sealing key is no X25519 public key.', { cause })
  }
  const { key, nonce } = schedule(shared, info, aead)
  const cipher = createCipheriv(aead.name, createSecretKey(key), nonce)
  cipher.setAAD(aad)
  const body = cipher.update(plaintext)
  return new Uint8Array(Buffer.concat([own.publicKey, body, cipher.final(), cipher.getAuthTag()]))
}

interface OwnKey {
  readonly key: KeyObject
  readonly publicKey: Uint8Array
}

/** For one message: never written out, which would take longer than to make it. */
const newKey = (): OwnKey => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  return { key: privateKey, publicKey: rawPublic(publicKey) }
}

/** Keys ready to use, by the array that holds the raw one: a console opens thousands of boxes with the same. */
const ready = new WeakMap<Uint8Array, OwnKey>()

const ownKey = (privateKey: Uint8Array): OwnKey => {
  const known = ready.get(privateKey)
  if (known !== undefined) return known
  const key = privateObject(privateKey)
  const own = { key, publicKey: rawPublic(createPublicKey(key)) }
  ready.set(privateKey, own)
  return own
}

/** The inverse; throws `malformed` for anything that was not sealed to this key with this aad and info. */
export const hpkeOpen = (
  privateKey: Uint8Array,
  box: Uint8Array,
  aad: Uint8Array,
  info: Uint8Array,
  aead: Aead = AES_256
): Uint8Array => {
  if (box.length < 32 + TAG) throw new GumshoeError('malformed', 'The sealed box is too short.')
  try {
    const enc = box.subarray(0, 32)
    const own = ownKey(privateKey)
    const shared = sharedSecret(own.key, publicObject(enc), enc, own.publicKey)
    const { key, nonce } = schedule(shared, info, aead)
    const decipher = createDecipheriv(aead.name, createSecretKey(key), nonce, { authTagLength: TAG })
    decipher.setAAD(aad)
    decipher.setAuthTag(box.subarray(box.length - TAG))
    const plain = decipher.update(box.subarray(32, box.length - TAG))
    decipher.final()
    return new Uint8Array(plain)
  } catch (cause) {
    throw new GumshoeError('malformed', 'The sealed box does not open with this key.', { cause })
  }
}
