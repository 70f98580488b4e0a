import { LIMITS } from '../limits.ts'
import type { OpenPgp } from './pgp-library.ts'

export type Rules = Partial<OpenPgp['config']>

let settings: Rules | undefined

/** What we accept, stricter than the library's defaults (threats.md F10, T14). */
export const strict = (pgp: OpenPgp): Rules => {
  const { hash, publicKey, curve } = pgp.enums
  settings ??= {
    minRSABits: LIMITS.rsaBits,
    rejectHashAlgorithms: new Set([hash.md5, hash.sha1, hash.ripemd, hash.sha224]),
    rejectMessageHashAlgorithms: new Set([hash.md5, hash.sha1, hash.ripemd, hash.sha224]),
    rejectPublicKeyAlgorithms: new Set([publicKey.elgamal, publicKey.dsa, publicKey.ed448, publicKey.x448]),
    rejectCurves: new Set([
      curve.secp256k1,
      curve.brainpoolP256r1,
      curve.brainpoolP384r1,
      curve.brainpoolP512r1
    ]),
    // No compressed packet is ever opened: 64 MiB came out of 65 kB.
    maxDecompressedMessageSize: 0,
    allowUnauthenticatedMessages: false,
    // GnuPG 2.2 reads neither v6 keys nor AEAD.
    v6Keys: false,
    aeadProtect: false,
    preferredHashAlgorithm: hash.sha512
  }
  return settings
}
