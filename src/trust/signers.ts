import type { Charter, Person } from '../documents/charter.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../documents/envelope.ts'
import { codeOf, type ErrorCode } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { type KeyIndex, keyIndexOf } from './key-index.ts'
import { isInForce, ownerOf } from './persons.ts'
import { type PublicKeyInput, type Verification, verifyDetached } from './pgp.ts'

/** Checks one OpenPGP signature: a collaborator, so that tests can count what is verified. */
export type Verify = (
  bytes: Uint8Array,
  signature: Uint8Array,
  keys: readonly PublicKeyInput[],
  now: number
) => Promise<Verification | undefined>

export interface Signer {
  readonly person: Person
  readonly fingerprint: string
  readonly signature: Uint8Array
}

export interface Signers {
  /** One entry a person, whatever number of keys or copies signed: what a quorum counts. */
  readonly persons: readonly Signer[]
  /** Why signatures did not count, in their order. */
  readonly faults: readonly ErrorCode[]
}

export interface SignersOptions {
  readonly verify?: Verify | undefined
  /** Another charter, the newest one, whose revocations count too. */
  readonly revokedBy?: Charter
}

/**
 * Who signed, by a charter: distinct persons in force whose signature over exactly these bytes holds. Keys are looked up
 * before any crypto, and what a person who counts already adds is skipped unseen, so that an envelope costs at most one
 * verification a person.
 */
export const signersOf = async (
  envelope: Envelope,
  charter: Charter,
  now: number,
  { verify = verifyDetached, revokedBy = charter }: SignersOptions = {}
): Promise<Signers> => {
  const index = await keyIndexOf(charter)
  const persons = new Map<string, Signer>()
  const faults: ErrorCode[] = []
  for (const signature of envelope.signatures) {
    try {
      const keys = index
        .keysOf(signature)
        .map(key => ({ ...key, person: ownerOf(charter, key.fingerprint)! }))
      if (keys.some(({ person }) => persons.has(person.name))) continue
      const verdict = keys.length === 0 ? undefined : await verify(envelope.bytes, signature, keys, now)
      const person = verdict && ownerOf(charter, verdict.fingerprint)
      if (person === undefined) faults.push('unknown-signer')
      else if (!verdict!.ok) faults.push(verdict!.code ?? 'bad-signature')
      else if (![charter, revokedBy].every(by => isInForce(by, person, verdict!.fingerprint)))
        faults.push('revoked')
      else persons.set(person.name, { person, fingerprint: verdict!.fingerprint, signature })
    } catch (error) {
      faults.push(codeOf(error))
    }
  }
  return { persons: [...persons.values()], faults }
}

/**
 * The kept envelope with the signatures of further persons: a store that holds an id adds what it lacks, one a person.
 * Undefined where the offered one adds nothing; copies of what is kept cost no crypto (threats.md, T24).
 */
export const mergeSignatures = async (
  kept: Envelope,
  offered: Envelope,
  charter: Charter,
  now: number,
  options: SignersOptions = {}
): Promise<Envelope | undefined> => {
  const index = await keyIndexOf(charter)
  const have = new Set(kept.signatures.flatMap(signature => namesIn(index, charter, signature)))
  const signatures = offered.signatures.filter(
    signature => !namesIn(index, charter, signature).some(name => have.has(name))
  )
  const { persons } = await signersOf({ bytes: kept.bytes, signatures }, charter, now, options)
  if (persons.length === 0 || kept.signatures.length >= LIMITS.signatures) return undefined
  const all = [...kept.signatures, ...persons.map(({ signature }) => signature)]
  return { bytes: kept.bytes, signatures: all.slice(0, LIMITS.signatures) }
}

/** The envelope with the signatures of these alone: others may be junk that a stranger added in somebody's name (threats.md, T5). */
export const withOnly = (raw: Uint8Array, signers: readonly Signer[]): Uint8Array =>
  encodeEnvelope({
    bytes: decodeEnvelope(raw).bytes,
    signatures: signers.map(({ signature }) => signature)
  })

/** Names of the persons who signed, without crypto: for an envelope that verified before. */
export const signerNames = async (
  { signatures }: Pick<Envelope, 'signatures'>,
  charter: Charter
): Promise<string[]> => {
  const index = await keyIndexOf(charter)
  return [...new Set(signatures.flatMap(signature => namesIn(index, charter, signature)))]
}

/** Names of the persons whose signature it may be, without crypto. */
const namesIn = (index: KeyIndex, charter: Charter, signature: Uint8Array): string[] => {
  try {
    return index.keysOf(signature).map(({ fingerprint }) => ownerOf(charter, fingerprint)!.name)
  } catch {
    return []
  }
}
