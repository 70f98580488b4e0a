import { fromBase64 } from '../../src/codec.ts'
import type { Charter, Person } from '../../src/documents/charter.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import type { KeyHolder } from '../../src/trust/key-holder.ts'
import { verifyDetached } from '../../src/trust/pgp.ts'
import { adminsInForce } from './charter-draft.ts'

/** How far a document of the admins is: what an admin is told; the judge is `CharterChain` and every node after it. */
export interface Standing {
  /** Names of admins whose signature holds. */
  readonly signed: readonly string[]
  /** Admins who may still sign. */
  readonly wanting: readonly string[]
  /** How many more signatures are needed. */
  readonly missing: number
}

const inForce = (person: Person, charter: Charter) =>
  person.keys
    .filter(key => !charter.revoked.keys.includes(key.fingerprint))
    .map(({ fingerprint, key }) => ({ fingerprint, bytes: fromBase64(key) }))

/** Names of the admins of this charter by whom the envelope is signed. Throws `bad-signature` for one that does not hold. */
const signersAmong = async (envelope: Envelope, charter: Charter, now: number): Promise<Set<string>> => {
  const names = new Set<string>()
  for (const admin of adminsInForce(charter))
    for (const signature of envelope.signatures) {
      const verdict = await verifyDetached(envelope.bytes, signature, inForce(admin, charter), now)
      if (verdict?.ok) names.add(admin.name)
      else if (verdict?.code === 'bad-signature')
        throw new GumshoeError(
          'bad-signature',
          `The signature by ${admin.name} does not hold for these bytes.`
        )
    }
  return names
}

/** A grant needs the threshold of the charter's admins. */
export const grantStanding = async (raw: Uint8Array, charter: Charter, now: number): Promise<Standing> => {
  const signed = await signersAmong(decodeEnvelope(raw), charter, now)
  const wanting = adminsInForce(charter).map(({ name }) => name)
  return {
    signed: [...signed].sort(),
    wanting: wanting.filter(name => !signed.has(name)),
    missing: Math.max(0, charter.adminThreshold - signed.size)
  }
}

/** A charter needs the thresholds of the version before it (or its recovery key) and of itself (design 3). */
export const charterStanding = async (
  raw: Uint8Array,
  previous: Charter | undefined,
  now: number
): Promise<Standing> => {
  const envelope = decodeEnvelope(raw)
  const charter = read(envelope.bytes, 'gumshoe/charter/1')
  const own = await signersAmong(envelope, charter, now)
  const ownMissing = Math.max(0, charter.adminThreshold - own.size)
  const ownWanting = adminsInForce(charter).map(({ name }) => name)
  if (previous === undefined)
    return {
      signed: [...own].sort(),
      wanting: ownWanting.filter(name => !own.has(name)),
      missing: ownMissing
    }
  const before = await signersAmong(envelope, previous, now)
  const recovered = await signedByRecovery(envelope, previous, now)
  const beforeMissing = recovered ? 0 : Math.max(0, previous.adminThreshold - before.size)
  const all = [...ownWanting, ...(beforeMissing > 0 ? adminsInForce(previous).map(({ name }) => name) : [])]
  const signed = new Set([...own, ...before])
  return {
    signed: [...signed].sort(),
    wanting: [...new Set(all)].filter(name => !signed.has(name)).sort(),
    missing: Math.max(ownMissing, beforeMissing)
  }
}

const signedByRecovery = async (envelope: Envelope, previous: Charter, now: number): Promise<boolean> => {
  if (previous.recovery === undefined) return false
  const { fingerprint, key } = previous.recovery
  const keys = [{ fingerprint, bytes: fromBase64(key) }]
  for (const signature of envelope.signatures)
    if ((await verifyDetached(envelope.bytes, signature, keys, now))?.ok) return true
  return false
}

/** The envelope with one signature more. Throws `known` where the same key has signed, `too-large` beyond the most. */
export const addSignature = async (
  raw: Uint8Array,
  signature: Uint8Array,
  signer: KeySigner,
  now: number
) => {
  const envelope = decodeEnvelope(raw)
  const verdict = await verifyDetached(envelope.bytes, signature, [signer], now)
  if (!verdict?.ok)
    throw new GumshoeError(
      verdict?.code ?? 'bad-signature',
      'The signature does not hold for these bytes and this key.'
    )
  for (const old of envelope.signatures)
    if ((await verifyDetached(envelope.bytes, old, [signer], now)) !== undefined)
      throw new GumshoeError('known', `The key ${signer.fingerprint} has signed this already.`, {
        fix: 'Hand the file to another signer.'
      })
  if (envelope.signatures.length >= LIMITS.signatures)
    throw new GumshoeError('too-large', `A document has at most ${LIMITS.signatures} signatures.`)
  return encodeEnvelope({ bytes: envelope.bytes, signatures: [...envelope.signatures, signature] })
}

export interface KeySigner {
  readonly fingerprint: string
  readonly bytes: Uint8Array
}

/** Signs with a person's key, wherever it lives. */
export const signWith = async (raw: Uint8Array, holder: KeyHolder, signer: KeySigner, now: number) =>
  await addSignature(raw, await holder.sign(decodeEnvelope(raw).bytes), signer, now)

/** The person of a charter whose key this is; undefined where there is none, or where person or key is revoked. */
export const personOf = (charter: Charter, fingerprint: string): Person | undefined =>
  charter.persons.find(
    person =>
      person.keys.some(key => key.fingerprint === fingerprint) &&
      !charter.revoked.persons.includes(person.name) &&
      !charter.revoked.keys.includes(fingerprint)
  )
