import { parseTime } from '../clock.ts'
import { decodeCbor, encodeCbor, sha256, utf8Bytes } from '../codec.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../documents/envelope.ts'
import type { Grant, Membership } from '../documents/grant.ts'
import { read } from '../documents/read.ts'
import { write } from '../documents/write.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { CharterChain } from './charter-chain.ts'
import { type Identity, publicKeyOfPeer, verifyEd25519 } from './identity.ts'
import { verifyGrant, verifyVoucher } from './verify.ts'

/** Who is on the other side of a connection: what the mesh's door judges. Shaped as `Caller` of src/mesh/sync/ports.ts. */
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

/** The card of an agent: its membership and the grant behind it. */
export const agentCard = (membership: Uint8Array, grant: Uint8Array): Uint8Array =>
  encodeCbor(['agent', membership, grant])
/** A bootstrap node's card says nothing: the charter names it. */
export const nodeCard = (): Uint8Array => encodeCbor(['node'])
export const consoleCard = (voucher: Uint8Array): Uint8Array => encodeCbor(['console', voucher])

/** A judged card with the documents behind it, for a node that keeps them. */
export interface Judged {
  readonly member: Member
  readonly grant?: { readonly id: string; readonly document: Grant; readonly envelope: Uint8Array }
  readonly membership?: Uint8Array
}

/** Judges a card against the newest charter. Throws `not-a-member`, `revoked`, `grant-expired`, `voucher-expired`, …. */
export const judgeCard = async (
  card: Uint8Array,
  peer: string,
  chain: CharterChain,
  now: number
): Promise<Member> => (await judgeCardWhole(card, peer, chain, now)).member

export const judgeCardWhole = async (
  card: Uint8Array,
  peer: string,
  chain: CharterChain,
  now: number
): Promise<Judged> => {
  if (card.length > LIMITS.memberFrameBytes) throw new GumshoeError('too-large', 'The card is too large.')
  const parts = decodeCbor(card)
  if (!Array.isArray(parts)) throw new GumshoeError('malformed', 'A card is [role, …].')
  const [role, first, second] = parts
  if (chain.current.charter.revoked.peers.includes(peer))
    throw new GumshoeError('revoked', `The peer ${peer} is revoked.`)
  if (role === 'node' && parts.length === 1) return { member: judgeNode(peer, chain) }
  if (role === 'console' && first instanceof Uint8Array && parts.length === 2)
    return { member: await judgeConsole(first, peer, chain, now) }
  if (role === 'agent' && first instanceof Uint8Array && second instanceof Uint8Array && parts.length === 3) {
    return judgeAgent(first, second, peer, chain, now)
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
  now: number
): Promise<Member> => {
  const voucher = await verifyVoucher(raw, chain, now)
  if (voucher.peer !== peer) throw new GumshoeError('not-a-member', 'The voucher is for another peer.')
  return { role: 'console', peer, person: voucher.person.name, until: voucher.until }
}

const judgeAgent = async (
  raw: Uint8Array,
  rawGrant: Uint8Array,
  peer: string,
  chain: CharterChain,
  now: number
): Promise<Judged> => {
  const membership = verifyMembership(raw, rawGrant, chain)
  if (membership.document.peer !== peer)
    throw new GumshoeError('not-a-member', 'The membership is of another peer.')
  const grant = await verifyGrant(rawGrant, chain, now)
  membership.check(grant.enrolKey, grant.id)
  if (membership.document.time > parseTime(grant.document.notAfter) + LIMITS.clockSkewMs) {
    throw new GumshoeError('grant-expired', 'The host enrolled after the last moment of its grant.')
  }
  return {
    member: {
      role: 'agent',
      peer,
      grantId: grant.id,
      tags: grant.document.tags,
      leaf: grant.document.leaf,
      membership: membership.document
    },
    grant: { id: grant.id, document: grant.document, envelope: rawGrant },
    membership: raw
  }
}

const verifyMembership = (raw: Uint8Array, rawGrant: Uint8Array, chain: CharterChain) => {
  const { bytes, signatures } = decodeEnvelope(raw, 2 * LIMITS.smallBytes)
  const document = read(bytes, 'gumshoe/membership/1')
  if (document.mesh !== chain.mesh)
    throw new GumshoeError('wrong-mesh', 'The membership belongs to another mesh.')
  if (document.grant !== documentId(decodeEnvelope(rawGrant).bytes))
    throw new GumshoeError('not-a-member', 'The membership names another grant.')
  const [byEnrolment, byAgent] = signatures
  if (signatures.length !== 2) throw new GumshoeError('malformed', 'A membership has two signatures.')
  const check = (enrolKey: Uint8Array, grantId: string) => {
    const bound = document.grant === grantId && verifyEd25519(enrolKey, document.kind, bytes, byEnrolment!)
    if (!bound || !verifyEd25519(publicKeyOfPeer(document.peer), document.kind, bytes, byAgent!)) {
      throw new GumshoeError('bad-signature', 'The membership is not signed by its grant and its peer.')
    }
  }
  return { document, check }
}
