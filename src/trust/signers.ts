import { fromBase64 } from '../codec.ts'
import type { Charter, Person } from '../documents/charter.ts'
import type { Envelope } from '../documents/envelope.ts'
import type { ErrorCode } from '../errors.ts'
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

/** Public keys of a charter by person; made once a charter, since decoding them for each action would cost more than the check. */
const keysOf = new WeakMap<Charter, { keys: PublicKeyInput[]; owner: Map<string, Person> }>()

const keysIn = (charter: Charter) => {
  let known = keysOf.get(charter)
  if (known === undefined) {
    const owner = new Map(
      charter.persons.flatMap(person => person.keys.map(key => [key.fingerprint, person] as const))
    )
    const keys = charter.persons.flatMap(person =>
      person.keys.map(key => ({ fingerprint: key.fingerprint, bytes: fromBase64(key.key) }))
    )
    known = { keys, owner }
    keysOf.set(charter, known)
  }
  return known
}

export const isRevoked = (charter: Charter, person: Person, fingerprint: string): boolean =>
  charter.revoked.persons.includes(person.name) || charter.revoked.keys.includes(fingerprint)

/**
 * Who signed, by a charter: distinct persons in force whose signature over exactly these bytes holds. What a person who
 * has signed already adds is skipped unseen. `revokedBy` names another charter whose revocations count (the newest one).
 */
export const signersOf = async (
  envelope: Envelope,
  charter: Charter,
  now: number,
  verify: Verify = verifyDetached,
  revokedBy: Charter = charter
): Promise<Signers> => {
  const { keys, owner } = keysIn(charter)
  const persons = new Map<string, Signer>()
  const faults: ErrorCode[] = []
  for (const signature of envelope.signatures) {
    const verdict = await verify(envelope.bytes, signature, keys, now).catch(() => undefined)
    const person = verdict && owner.get(verdict.fingerprint)
    if (verdict === undefined || person === undefined) faults.push('unknown-signer')
    else if (!verdict.ok) faults.push(verdict.code ?? 'bad-signature')
    else if (isRevoked(revokedBy, person, verdict.fingerprint)) faults.push('revoked')
    else if (!persons.has(person.name))
      persons.set(person.name, { person, fingerprint: verdict.fingerprint, signature })
  }
  return { persons: [...persons.values()], faults }
}

/** The kept signatures with those of further persons added: a store that holds an id adds what it lacks, one a person. */
export const mergeSignatures = async (
  kept: Envelope,
  offered: Envelope,
  charter: Charter,
  now: number,
  verify: Verify = verifyDetached
): Promise<Envelope | undefined> => {
  const have = await signersOf(kept, charter, now, verify)
  const more = await signersOf({ bytes: kept.bytes, signatures: offered.signatures }, charter, now, verify)
  const names = new Set(have.persons.map(({ person }) => person.name))
  const fresh = more.persons.filter(({ person }) => !names.has(person.name))
  if (fresh.length === 0) return undefined
  return { bytes: kept.bytes, signatures: [...have.persons, ...fresh].map(({ signature }) => signature) }
}
