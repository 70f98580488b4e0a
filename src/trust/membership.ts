import { parseTime } from '../clock.ts'
import { decodeCbor, encodeCbor, fromBase64, sha256, utf8Bytes } from '../codec.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../documents/envelope.ts'
import type { Grant, Membership } from '../documents/grant.ts'
import { read } from '../documents/read.ts'
import { write } from '../documents/write.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { CharterChain } from './charter-chain.ts'
import { type Identity, publicKeyOfPeer, verifyEd25519 } from './identity.ts'
import type { Verify } from './signers.ts'
import { verifyGrant } from './verify-grant.ts'
import { type Verified, verifyReceipt } from './verify-machine.ts'
import { verifyVoucher } from './verify-person.ts'

/** Who is on the other side of a connection: what the mesh's door judges, and hands on as `Caller`. */
export type Member =
  | {
      readonly role: 'agent'
      readonly peer: string
      readonly grantId: string
      readonly tags: readonly string[]
      readonly leaf: boolean
      readonly membership: Membership
    }
  | { readonly role: 'node'; readonly peer: string; readonly name: string }
  | { readonly role: 'console'; readonly peer: string; readonly person: string; readonly until: number }

/** The machine as a membership names it: nobody learns the machine id from it. */
export const machineHash = (mesh: string, machineId: string): Uint8Array =>
  sha256(utf8Bytes(mesh), utf8Bytes(machineId))

/** An agent's bond to its grant: the envelope, signed first by the enrolment key, then by the agent's own. */
export const makeMembership = (
  fields: Omit<Membership, 'kind'>,
  enrol: Identity,
  own: Identity
): Uint8Array => {
  const bytes = write({ kind: 'gumshoe/membership/1', ...fields })
  const kind = 'gumshoe/membership/1'
  return encodeEnvelope({ bytes, signatures: [enrol.sign(kind, bytes), own.sign(kind, bytes)] })
}

/** The card of an agent: its membership, the grant behind it, and a node's receipt for the membership once it has one. */
export const agentCard = (membership: Uint8Array, grant: Uint8Array, receipt?: Uint8Array): Uint8Array =>
  encodeCbor(['agent', membership, grant, ...(receipt ? [receipt] : [])])
/** A bootstrap node's card says nothing: the charter names it. */
export const nodeCard = (): Uint8Array => encodeCbor(['node'])
export const consoleCard = (voucher: Uint8Array): Uint8Array => encodeCbor(['console', voucher])

/** A judged card with the documents behind it, for a node that keeps them. */
export interface Judged {
  readonly member: Member
  readonly grant?: Verified<Grant> & { readonly envelope: Uint8Array }
  readonly membership?: Uint8Array
  readonly receipt?: Uint8Array
}

/**
 * Judges a card against the newest charter, at the door of an agent or a console. An agent shows there that a bootstrap
 * node has enrolled it: when it did is its own word, and who has an old enrolment file could date it back.
 * Throws `not-a-member`, `revoked`, `grant-expired`, `voucher-expired`, ….
 */
export const judgeCard = async (
  card: Uint8Array,
  peer: string,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<Member> => {
  const { member, membership, receipt } = await judgeCardWhole(card, peer, chain, now, verify)
  if (member.role !== 'agent') return member
  const id = documentId(decodeEnvelope(membership!).bytes)
  if (receipt === undefined || verifyReceipt(receipt, chain).document.id !== id)
    throw new GumshoeError('not-a-member', `No bootstrap node says that it has enrolled the host ${peer}.`)
  return member
}

/**
 * The same for bootstrap nodes, who see hosts first and so judge when they enrol and how many themselves
 * (bootstrap-nodes/enrolments.ts); with the documents that the card shows.
 */
export const judgeCardWhole = async (
  card: Uint8Array,
  peer: string,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<Judged> => {
  if (card.length > LIMITS.memberFrameBytes) throw new GumshoeError('too-large', 'The card is too large.')
  const parts = decodeCbor(card)
  if (!Array.isArray(parts)) throw new GumshoeError('malformed', 'A card is [role, …].')
  const [role, ...documents] = parts as unknown[]
  if (chain.current.charter.revoked.peers.includes(peer))
    throw new GumshoeError('revoked', `The peer ${peer} is revoked.`)
  const [first, second, third] = documents
  if (role === 'node' && documents.length === 0) return { member: judgeNode(peer, chain) }
  if (role === 'console' && documents.length === 1 && first instanceof Uint8Array)
    return { member: await judgeConsole(first, peer, chain, now, verify) }
  if (role === 'agent' && first instanceof Uint8Array && second instanceof Uint8Array) {
    const judged = await judgeAgent({ membership: first, grant: second }, peer, chain, now, verify)
    if (documents.length === 2) return judged
    if (documents.length === 3 && third instanceof Uint8Array) return { ...judged, receipt: third }
  }
  throw new GumshoeError('malformed', 'The card is of no known form.')
}

const judgeNode = (peer: string, chain: CharterChain): Member => {
  const node = chain.current.charter.nodes.find(entry => entry.peer === peer)
  if (node === undefined)
    throw new GumshoeError('not-a-member', `The charter does not name the bootstrap node ${peer}.`)
  return { role: 'node', peer, name: node.name }
}

const judgeConsole = async (
  raw: Uint8Array,
  peer: string,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<Member> => {
  const { document, person, until } = await verifyVoucher(raw, chain, now, verify)
  if (document.peer !== peer) throw new GumshoeError('not-a-member', 'The voucher is for another peer.')
  return { role: 'console', peer, person: person.name, until }
}

const judgeAgent = async (
  raw: { membership: Uint8Array; grant: Uint8Array },
  peer: string,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<Judged> => {
  const grant = await verifyGrant(raw.grant, chain, now, verify)
  const membership = verifyMembership(raw.membership, grant, peer)
  if (membership.time > parseTime(grant.document.notAfter) + LIMITS.clockSkewMs)
    throw new GumshoeError('grant-expired', 'The host enrolled after the last moment of its grant.')
  const { tags, leaf } = grant.document
  return {
    member: { role: 'agent', peer, grantId: grant.id, tags, leaf, membership },
    grant: { ...grant, envelope: raw.grant },
    membership: raw.membership
  }
}

/** The bond of this peer to this grant, signed by the enrolment key and by the peer, in this order. */
const verifyMembership = (raw: Uint8Array, grant: Verified<Grant>, peer: string): Membership => {
  const { bytes, signatures } = decodeEnvelope(raw, 2 * LIMITS.smallBytes)
  const membership = read(bytes, 'gumshoe/membership/1')
  if (membership.mesh !== grant.document.mesh)
    throw new GumshoeError('wrong-mesh', 'The membership belongs to another mesh.')
  if (membership.grant !== grant.id)
    throw new GumshoeError('not-a-member', 'The membership names another grant.')
  if (membership.peer !== peer) throw new GumshoeError('not-a-member', 'The membership is of another peer.')
  const keys = [fromBase64(grant.document.enrolKey), publicKeyOfPeer(peer)]
  const signed = keys.every((key, i) => verifyEd25519(key, membership.kind, bytes, signatures[i] ?? NONE))
  if (signatures.length !== keys.length || !signed)
    throw new GumshoeError('bad-signature', 'The membership is not signed by its grant and its peer.')
  return membership
}

const NONE = new Uint8Array(0)
