import { parseTime } from '../clock.ts'
import type { Cancel, Voucher } from '../documents/action.ts'
import type { Keywrap } from '../documents/answer.ts'
import type { Person } from '../documents/charter.ts'
import { decodeEnvelope, documentId } from '../documents/envelope.ts'
import { read } from '../documents/read.ts'
import { ROLES, type Role } from '../documents/vocabulary.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { CharterChain } from './charter-chain.ts'
import { publicKeyOfPeer, verifyEd25519 } from './identity.ts'
import { hasRole } from './persons.ts'
import { signersOf, type Verify } from './signers.ts'
import type { Verified } from './verify-machine.ts'

/** Documents that one person answers for: vouchers, cancels, keywraps. Each throws a GumshoeError otherwise. */

/** A person's document has up to 8 signatures. */
const PERSON_ENVELOPE = LIMITS.smallBytes + LIMITS.signatures * LIMITS.signatureBytes

interface BySomebody {
  readonly person: Person
  readonly fingerprint: string
}

/** A person in force, with one of these roles, who signed. Throws the first fault's code, or `unsigned`. */
const signedBy = async (
  raw: Uint8Array,
  chain: CharterChain,
  now: number,
  roles: readonly Role[],
  verify?: Verify
): Promise<BySomebody> => {
  const envelope = decodeEnvelope(raw, PERSON_ENVELOPE)
  const { persons, faults } = await signersOf(envelope, chain.current.charter, now, { verify })
  const signer = persons.find(({ person }) => roles.some(role => hasRole(person, role)))
  if (signer !== undefined) return signer
  throw new GumshoeError(
    faults[0] ?? 'unsigned',
    `It is not signed by a person in force with the role ${roles.join(' or ')}.`
  )
}

/** One person answers for it, and it counts as his alone: the name of another one beside his would be laid to him too (threats.md, T14). */
const refuseMore = (signatures: readonly Uint8Array[]): void => {
  if (signatures.length > 1) throw new GumshoeError('malformed', 'It has more than one signature.')
}

/** A console's voucher: by a person in force, for at most LIMITS.voucherMs, within its time now. */
export const verifyVoucher = async (
  raw: Uint8Array,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<Verified<Voucher> & BySomebody & { readonly until: number }> => {
  const { bytes, signatures } = decodeEnvelope(raw, PERSON_ENVELOPE)
  refuseMore(signatures)
  const document = read(bytes, 'gumshoe/voucher/1')
  if (document.mesh !== chain.mesh)
    throw new GumshoeError('wrong-mesh', 'The voucher belongs to another mesh.')
  const [issued, until] = [parseTime(document.issued), parseTime(document.until)]
  if (until <= issued || until - issued > LIMITS.voucherMs)
    throw new GumshoeError('window', 'A voucher is for 12 hours at most.')
  if (now > until) throw new GumshoeError('voucher-expired', 'The voucher is over.')
  if (now < issued - LIMITS.clockSkewMs) throw new GumshoeError('not-yet-valid', 'The voucher has not begun.')
  const { person, fingerprint } = await signedBy(raw, chain, now, ROLES, verify)
  return { id: documentId(bytes), document, person, fingerprint, until }
}

/** A cancel by any one investigator in force. */
export const verifyCancel = async (
  raw: Uint8Array,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<Verified<Cancel> & BySomebody> => {
  // One signature is enough, so there is no room for padding that would be kept and told on.
  const { bytes, signatures } = decodeEnvelope(raw, LIMITS.smallBytes)
  refuseMore(signatures)
  const document = read(bytes, 'gumshoe/cancel/1')
  if (document.mesh !== chain.mesh)
    throw new GumshoeError('wrong-mesh', 'The cancel belongs to another mesh.')
  if (parseTime(document.issued) > now + LIMITS.clockSkewMs)
    throw new GumshoeError('not-yet-valid', `The cancel is of ${document.issued}.`)
  const { person, fingerprint } = await signedBy(raw, chain, now, ['investigator'], verify)
  return { id: documentId(bytes), document, person, fingerprint }
}

/**
 * A keywrap, signed by the console whose voucher is inside (docs/adr/0005). A node may take one by replication long after
 * it was made, so the voucher's end is judged at its own time; the person is judged now.
 */
export const verifyKeywrap = async (
  raw: Uint8Array,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<Verified<Keywrap> & BySomebody> => {
  const { bytes, signatures } = decodeEnvelope(raw, 4 * LIMITS.smallBytes)
  const document = read(bytes, 'gumshoe/keywrap/1')
  if (document.mesh !== chain.mesh)
    throw new GumshoeError('wrong-mesh', 'The keywrap belongs to another mesh.')
  const claimed = read(decodeEnvelope(document.voucher).bytes, 'gumshoe/voucher/1')
  const time = Math.min(now, parseTime(claimed.until))
  const voucher = await verifyVoucher(document.voucher, chain, time, verify)
  const [signature] = signatures
  const key = publicKeyOfPeer(voucher.document.peer)
  if (signatures.length !== 1 || !verifyEd25519(key, document.kind, bytes, signature!))
    throw new GumshoeError(
      'bad-signature',
      'The keywrap is not signed by the console whose voucher it carries.'
    )
  return { id: documentId(bytes), document, person: voucher.person, fingerprint: voucher.fingerprint }
}
