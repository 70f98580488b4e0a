import { decodeCbor, encodeCbor, sha256Hex } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

/**
 * A document on the wire and on disk: CBOR `[bytes, [signature, …]]`. The bytes are signed and kept exactly as received;
 * an Ed25519 signature is 64 bytes over `"gumshoe/<kind>" ‖ 0x00 ‖ bytes`, an OpenPGP one a detached binary packet.
 */
export interface Envelope {
  readonly bytes: Uint8Array
  readonly signatures: readonly Uint8Array[]
}

/** The id of a document: SHA-256 over its bytes alone, so that signatures may be added. */
export const documentId = (bytes: Uint8Array): string => sha256Hex(bytes)

export const encodeEnvelope = (envelope: Envelope): Uint8Array =>
  encodeCbor([envelope.bytes, [...envelope.signatures]])

/** Reads an envelope of at most `maxBytes`; judges its form only. Throws `too-large`, `malformed`, `not-canonical`. */
export const decodeEnvelope = (raw: Uint8Array, maxBytes: number = LIMITS.charterBytes): Envelope => {
  if (raw.length > maxBytes)
    throw new GumshoeError(
      'too-large',
      `The envelope has ${raw.length} bytes; at most ${maxBytes} are taken.`
    )
  const value = decodeCbor(raw)
  if (!Array.isArray(value) || value.length !== 2)
    throw new GumshoeError('malformed', 'An envelope is [bytes, [signature, …]].')
  const [bytes, signatures] = value
  if (!(bytes instanceof Uint8Array) || !Array.isArray(signatures))
    throw new GumshoeError('malformed', 'An envelope is [bytes, [signature, …]].')
  if (signatures.length > LIMITS.signatures)
    throw new GumshoeError('too-large', `An envelope has at most ${LIMITS.signatures} signatures.`)
  for (const signature of signatures) {
    if (
      !(signature instanceof Uint8Array) ||
      signature.length === 0 ||
      signature.length > LIMITS.signatureBytes
    ) {
      throw new GumshoeError('malformed', 'A signature is a byte string of a sane length.')
    }
  }
  return { bytes, signatures }
}
