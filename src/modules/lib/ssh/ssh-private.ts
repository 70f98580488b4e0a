import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { type PublicKey, publicKeyOf } from './ssh-public.ts'
import { WireReader, wireNumber, wireString } from './ssh-wire.ts'

export const PRIVATE_FORMATS = ['openssh', 'pem', 'pkcs8'] as const

/** What a private key is; its secret part never leaves this file. */
export interface PrivateKey {
  readonly format: (typeof PRIVATE_FORMATS)[number]
  readonly encrypted: boolean
  /** Undefined where that is encrypted as well, or the key is broken. */
  readonly key: PublicKey | undefined
  /** Where the label tells the type of a key that can't be read. */
  readonly type: string | undefined
  /** Where it begins in the file. */
  readonly at: number
}

/** Textual keys of RFC 7468, RFC 1421 and PROTOCOL.key. */
const BEGIN = /-----BEGIN (OPENSSH|RSA|DSA|EC|ENCRYPTED|)( ?)PRIVATE KEY-----/g
const LABEL_TYPES: Readonly<Record<string, string>> = { RSA: 'rsa', DSA: 'dsa', EC: 'ecdsa' }
/** An RSA key of 16,384 bits has 13 KB. */
const LONGEST = 64 * 1_024
/** One file of more keys is a test suite. */
const MOST = 1_000

/** All private keys in a text (latin1). */
export const privateKeysIn = (text: string): PrivateKey[] => {
  const keys: PrivateKey[] = []
  for (const match of text.matchAll(BEGIN)) {
    if (keys.length >= MOST) break
    const label = match[1]!
    const name = `${label}${match[2]}PRIVATE KEY`
    const begin = match.index
    const body = begin + match[0].length
    const end = text.slice(body, body + LONGEST).indexOf(`-----END ${name}-----`)
    // Words about keys, in a manual or a program, are none.
    if (end < 0) continue
    const inside = text.slice(body, body + end)
    if (!/^\s*[\r\n]/.test(inside) || !/[A-Za-z0-9+/=]{16}/.test(inside)) continue
    const whole = text.slice(begin, body + end + `-----END ${name}-----`.length)
    keys.push({ ...oneOf(label, inside, whole), at: begin })
  }
  return keys
}

const oneOf = (label: string, inside: string, whole: string): Omit<PrivateKey, 'at'> => {
  if (label === 'OPENSSH') return { format: 'openssh', ...opensshOf(inside), type: undefined }
  const format = LABEL_TYPES[label] === undefined ? 'pkcs8' : 'pem'
  const encrypted = label === 'ENCRYPTED' || /^Proc-Type:\s*4\s*,\s*ENCRYPTED/m.test(inside)
  return { format, encrypted, key: encrypted ? undefined : derived(whole), type: LABEL_TYPES[label] }
}

const MAGIC = 'openssh-key-v1\0'

/** PROTOCOL.key: cipher, kdf, kdf options, how many keys, then the public keys, which nothing encrypts. */
const opensshOf = (base64: string): { encrypted: boolean; key: PublicKey | undefined } => {
  const bytes = Buffer.from(base64, 'base64')
  try {
    if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return { encrypted: false, key: undefined }
    const wire = new WireReader(bytes.subarray(MAGIC.length))
    const encrypted = wire.string().toString('latin1') !== 'none'
    wire.string()
    wire.string()
    return { encrypted, key: wire.number() > 0 ? publicKeyOf(wire.string()) : undefined }
  } catch {
    return { encrypted: false, key: undefined }
  }
}

/** The public half of a key that nothing encrypts. */
const derived = (pem: string): PublicKey | undefined => {
  try {
    const key = createPublicKey(createPrivateKey(pem))
    const blob = key.asymmetricKeyType === 'dsa' ? dsaBlob(key) : jwkBlob(key)
    return blob && publicKeyOf(blob)
  } catch {
    return undefined
  }
}

const CURVES: Readonly<Record<string, string>> = {
  'P-256': 'nistp256',
  'P-384': 'nistp384',
  'P-521': 'nistp521'
}

const jwkBlob = (key: KeyObject): Buffer | undefined => {
  const { kty, crv, n, e, x, y } = key.export({ format: 'jwk' })
  const bytes = (value: string | undefined) => Buffer.from(value ?? '', 'base64url')
  if (kty === 'RSA') return Buffer.concat([wireString('ssh-rsa'), wireNumber(bytes(e)), wireNumber(bytes(n))])
  if (kty === 'OKP' && (crv === 'Ed25519' || crv === 'Ed448'))
    return Buffer.concat([wireString(`ssh-${crv.toLowerCase()}`), wireString(bytes(x))])
  const curve = kty === 'EC' && crv ? CURVES[crv] : undefined
  if (curve === undefined) return undefined
  const point = Buffer.concat([Buffer.of(4), bytes(x), bytes(y)])
  return Buffer.concat([wireString(`ecdsa-sha2-${curve}`), wireString(curve), wireString(point)])
}

/** RFC 3279, 2.3.2: SEQUENCE { SEQUENCE { OID, SEQUENCE { p, q, g } }, BIT STRING { y } }, in which only the numbers matter. */
const dsaBlob = (key: KeyObject): Buffer => {
  const numbers: Buffer[] = []
  const read = (der: Buffer): void => {
    for (let at = 0; at + 2 <= der.length; ) {
      const tag = der[at]!
      let length = der[at + 1]!
      at += 2
      if (length & 0x80) {
        const size = length & 0x7f
        length = der.readUIntBE(at, size)
        at += size
      }
      const inside = der.subarray(at, at + length)
      if (tag === 0x30) read(inside)
      else if (tag === 0x03) read(inside.subarray(1))
      else if (tag === 0x02) numbers.push(inside)
      at += length
    }
  }
  read(key.export({ format: 'der', type: 'spki' }))
  return Buffer.concat([wireString('ssh-dss'), ...numbers.map(wireNumber)])
}
