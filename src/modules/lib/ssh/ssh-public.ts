import { createHash } from 'node:crypto'
import { bitsOf, WireReader } from './ssh-wire.ts'

/** What a public key is, of everything but its material. */
export interface PublicKey {
  /** rsa, dsa, ecdsa-p256, ed25519, sk-ed25519, …; a certificate has `-cert` at its end. */
  readonly type: string
  readonly bits: number
  /** As ssh-keygen -l writes them, without the name of the hash. */
  readonly sha256: string
  readonly md5: string
  /** Why it is weak: `dsa`, `short`, `exponent`; undefined where it is not. */
  readonly weak?: string
}

/** Types by the name inside of a key: RFC 4253 6.6, RFC 5656, RFC 8709, PROTOCOL.u2f, PROTOCOL.certkeys. */
const TYPES: Readonly<Record<string, readonly [type: string, bits: number]>> = {
  'ssh-rsa': ['rsa', 0],
  'ssh-dss': ['dsa', 0],
  'ssh-ed25519': ['ed25519', 256],
  'ssh-ed448': ['ed448', 456],
  'ecdsa-sha2-nistp256': ['ecdsa-p256', 256],
  'ecdsa-sha2-nistp384': ['ecdsa-p384', 384],
  'ecdsa-sha2-nistp521': ['ecdsa-p521', 521],
  'sk-ssh-ed25519@openssh.com': ['sk-ed25519', 256],
  'sk-ecdsa-sha2-nistp256@openssh.com': ['sk-ecdsa-p256', 256]
}

const CERT = /^(?:rsa-sha2-(?:256|512)|(.+))-cert-v01@openssh\.com$/

/** Names by which a key line is told from other text. */
export const TYPE_WORD =
  /^(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256))(?:-cert-v01)?(?:@openssh\.com)?$/

/** NIST SP 800-131A: RSA below 2,048 bits is not accepted any more; OpenSSH 9.8 has no DSA. */
const SHORTEST_RSA = 2_048

/** A key by its bytes as they travel; undefined for bytes that are no key of a type that we know. */
export const publicKeyOf = (blob: Buffer): PublicKey | undefined => {
  try {
    const wire = new WireReader(blob)
    const name = wire.string().toString('latin1')
    const inside = CERT.exec(name)?.[1] ?? name
    // A certificate of a security key keeps the company's name behind.
    const known = TYPES[inside] ?? TYPES[`${inside}@openssh.com`]
    if (known === undefined) return undefined
    const cert = inside !== name
    // PROTOCOL.certkeys: a nonce stands before the key's own numbers.
    if (cert) wire.string()
    const first = wire.string()
    const bits = known[1] || (known[0] === 'rsa' ? bitsOf(wire.string()) : bitsOf(first))
    const exponent = known[0] === 'rsa' ? first : undefined
    const weak =
      known[0] === 'dsa'
        ? 'dsa'
        : exponent === undefined
          ? undefined
          : bits < SHORTEST_RSA
            ? 'short'
            : bitsOf(exponent) < 2
              ? 'exponent'
              : undefined
    return {
      type: `${known[0]}${cert ? '-cert' : ''}`,
      bits,
      sha256: createHash('sha256').update(blob).digest('base64').replace(/=+$/, ''),
      md5: createHash('md5')
        .update(blob)
        .digest('hex')
        .replace(/..(?=.)/g, '$&:'),
      ...(weak && { weak })
    }
  } catch {
    return undefined
  }
}
