import { parseTime } from '../clock.ts'
import { fromBase64, sameBytes, sha256 } from '../codec.ts'
import type { Cancel } from '../documents/action.ts'
import type { AnswerHeader, Dropped, Keywrap, Presence, Receipt } from '../documents/answer.ts'
import type { Person } from '../documents/charter.ts'
import { decodeEnvelope, documentId } from '../documents/envelope.ts'
import type { Grant } from '../documents/grant.ts'
import { read } from '../documents/read.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { CharterChain } from './charter-chain.ts'
import { hasRole } from './charter-rules.ts'
import { publicKeyOfPeer, verifyEd25519 } from './identity.ts'
import { signersOf, type Verify } from './signers.ts'

/** Every kind of document but charter and action, from its envelope to something that may be believed. Each throws a GumshoeError otherwise. */

type MachineKind = 'gumshoe/answer/1' | 'gumshoe/dropped/1' | 'gumshoe/receipt/1' | 'gumshoe/presence/1'

const machineDocument = <K extends MachineKind>(raw: Uint8Array, kind: K, mesh: string) => {
  const { bytes, signatures } = decodeEnvelope(raw, 4 * LIMITS.smallBytes)
  const document = read(bytes, kind)
  if (document.mesh !== mesh) throw new GumshoeError('wrong-mesh', `The ${kind} belongs to another mesh.`)
  if (signatures.length !== 1) throw new GumshoeError('malformed', `A ${kind} has one signature.`)
  const verifyBy = (peer: string) => {
    if (!verifyEd25519(publicKeyOfPeer(peer), kind, bytes, signatures[0]!)) {
      throw new GumshoeError('bad-signature', `The ${kind} is not signed by the peer that it names.`)
    }
  }
  return { id: documentId(bytes), document, verifyBy }
}

/** An answer's header, signed by the agent that it names: identity is the key that signed, never a field alone (T2). */
export const verifyHeader = (raw: Uint8Array, mesh: string): { id: string; document: AnswerHeader } => {
  const { id, document, verifyBy } = machineDocument(raw, 'gumshoe/answer/1', mesh)
  verifyBy(document.agent)
  return { id, document }
}

/** The sealed body that a header names: length and digest. */
export const verifyBody = (header: AnswerHeader, body: Uint8Array): void => {
  if (body.length !== header.length || !sameBytes(sha256(body), header.digest)) {
    throw new GumshoeError('bad-signature', 'The body is not the one that the header names.')
  }
}

export const verifyDropped = (raw: Uint8Array, mesh: string): { id: string; document: Dropped } => {
  const { id, document, verifyBy } = machineDocument(raw, 'gumshoe/dropped/1', mesh)
  verifyBy(document.agent)
  return { id, document }
}

/** A receipt of a node that the charter names now. */
export const verifyReceipt = (raw: Uint8Array, chain: CharterChain): Receipt => {
  const { document, verifyBy } = machineDocument(raw, 'gumshoe/receipt/1', chain.mesh)
  if (!chain.current.charter.nodes.some(node => node.peer === document.node)) {
    throw new GumshoeError('not-a-member', 'The receipt is by a node that the charter does not name.')
  }
  verifyBy(document.node)
  return document
}

export const verifyPresence = (raw: Uint8Array, mesh: string): { id: string; document: Presence } => {
  const { id, document, verifyBy } = machineDocument(raw, 'gumshoe/presence/1', mesh)
  verifyBy(document.peer)
  return { id, document }
}

/** The one person in force, with one of these roles, who signed. Throws the first fault's code, or `unsigned`. */
const signedByPerson = async (
  raw: Uint8Array,
  chain: CharterChain,
  now: number,
  roles: readonly ('investigator' | 'admin' | 'reader')[],
  verify?: Verify
): Promise<{ person: Person; fingerprint: string }> => {
  const { persons, faults } = await signersOf(decodeEnvelope(raw), chain.current.charter, now, verify)
  const signer = persons.find(({ person }) => roles.some(role => hasRole(person, role)))
  if (signer === undefined)
    throw new GumshoeError(
      faults[0] ?? 'unsigned',
      `It is not signed by a person in force (${roles.join(', ')}).`
    )
  return signer
}

/** A console's voucher: by a person in force, for at most LIMITS.voucherMs, within its time now. */
export const verifyVoucher = async (
  raw: Uint8Array,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<{ peer: string; person: Person; fingerprint: string; until: number }> => {
  const voucher = read(decodeEnvelope(raw, 2 * LIMITS.smallBytes).bytes, 'gumshoe/voucher/1')
  if (voucher.mesh !== chain.mesh)
    throw new GumshoeError('wrong-mesh', 'The voucher belongs to another mesh.')
  const until = parseTime(voucher.until)
  const issued = parseTime(voucher.issued)
  if (until - issued > LIMITS.voucherMs || until <= issued)
    throw new GumshoeError('window', 'A voucher is for 12 hours at most.')
  if (now > until) throw new GumshoeError('voucher-expired', 'The voucher is over.')
  if (now < issued - LIMITS.clockSkewMs) throw new GumshoeError('not-yet-valid', 'The voucher has not begun.')
  const { person, fingerprint } = await signedByPerson(
    raw,
    chain,
    now,
    ['investigator', 'admin', 'reader'],
    verify
  )
  return { peer: voucher.peer, person, fingerprint, until }
}

/** A cancel by any one investigator in force. */
export const verifyCancel = async (
  raw: Uint8Array,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<{ id: string; document: Cancel; person: Person }> => {
  const { bytes } = decodeEnvelope(raw, 4 * LIMITS.smallBytes)
  const document = read(bytes, 'gumshoe/cancel/1')
  if (document.mesh !== chain.mesh)
    throw new GumshoeError('wrong-mesh', 'The cancel belongs to another mesh.')
  const { person } = await signedByPerson(raw, chain, now, ['investigator'], verify)
  return { id: documentId(bytes), document, person }
}

/** A keywrap: signed by the console whose voucher is inside, the voucher by a person in force when it was made. */
export const verifyKeywrap = async (
  raw: Uint8Array,
  chain: CharterChain,
  now: number
): Promise<{ id: string; document: Keywrap; person: Person }> => {
  const { bytes, signatures } = decodeEnvelope(raw, 8 * LIMITS.smallBytes)
  const document = read(bytes, 'gumshoe/keywrap/1')
  if (document.mesh !== chain.mesh)
    throw new GumshoeError('wrong-mesh', 'The keywrap belongs to another mesh.')
  // A node may take a keywrap by replication long after; the voucher is judged at its own time, the person now.
  const voucher = read(decodeEnvelope(document.voucher).bytes, 'gumshoe/voucher/1')
  const { person, peer } = await verifyVoucher(
    document.voucher,
    chain,
    Math.min(now, parseTime(voucher.until))
  )
  if (
    signatures.length !== 1 ||
    !verifyEd25519(publicKeyOfPeer(peer), document.kind, bytes, signatures[0]!)
  ) {
    throw new GumshoeError(
      'bad-signature',
      'The keywrap is not signed by the console whose voucher it carries.'
    )
  }
  return { id: documentId(bytes), document, person }
}

/**
 * A grant by the admins' threshold of the newest charter, or of an earlier one (a grant outlives the charter it was made
 * under), where whoever the newest charter revokes never counts.
 */
export const verifyGrant = async (
  raw: Uint8Array,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<{ id: string; document: Grant; enrolKey: Uint8Array }> => {
  const envelope = decodeEnvelope(raw, 4 * LIMITS.smallBytes)
  const document = read(envelope.bytes, 'gumshoe/grant/1')
  if (document.mesh !== chain.mesh) throw new GumshoeError('wrong-mesh', 'The grant belongs to another mesh.')
  const id = documentId(envelope.bytes)
  if (chain.current.charter.revoked.grants.includes(id))
    throw new GumshoeError('revoked', 'The grant is revoked.')
  for (const charter of chain.charters()) {
    const { persons } = await signersOf(envelope, charter, now, verify, chain.current.charter)
    const admins = persons.filter(({ person }) => hasRole(person, 'admin')).length
    if (admins >= charter.adminThreshold) return { id, document, enrolKey: fromBase64(document.enrolKey) }
  }
  throw new GumshoeError('unsigned', 'The grant is not signed by the admins that the charter asks for.')
}
