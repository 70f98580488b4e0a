import { sameBytes, sha256 } from '../codec.ts'
import type { AnswerHeader, Dropped, Presence, Receipt } from '../documents/answer.ts'
import { decodeEnvelope, documentId } from '../documents/envelope.ts'
import { read } from '../documents/read.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { CharterChain } from './charter-chain.ts'
import { publicKeyOfPeer, verifyEd25519, verifyEd25519Soon } from './identity.ts'

/**
 * Documents that one machine signs, from the envelope to something that may be believed. Identity is the key that signed,
 * never a field alone (threats.md, T2). Each throws `malformed`, `wrong-mesh`, `bad-signature`, …. Whether the machine is
 * a member in force is for the caller to say.
 */
export interface Verified<T> {
  readonly id: string
  readonly document: T
}

type MachineKind = 'gumshoe/answer/1' | 'gumshoe/dropped/1' | 'gumshoe/receipt/1' | 'gumshoe/presence/1'

const machineDocument = <K extends MachineKind>(raw: Uint8Array, kind: K, mesh: string) => {
  const { bytes, signatures } = decodeEnvelope(raw, 4 * LIMITS.smallBytes)
  const document = read(bytes, kind)
  if (document.mesh !== mesh) throw new GumshoeError('wrong-mesh', `The ${kind} belongs to another mesh.`)
  if (signatures.length !== 1) throw new GumshoeError('malformed', `A ${kind} has one signature.`)
  const judge = (ok: boolean): void => {
    if (!ok) throw new GumshoeError('bad-signature', `The ${kind} is not signed by the peer that it names.`)
  }
  const [signature] = signatures as [Uint8Array]
  return {
    id: documentId(bytes),
    document,
    signedBy: (peer: string) => judge(verifyEd25519(publicKeyOfPeer(peer), kind, bytes, signature)),
    signedBySoon: async (peer: string) =>
      judge(await verifyEd25519Soon(publicKeyOfPeer(peer), kind, bytes, signature))
  }
}

/** An answer's header, signed by the agent that it names. */
export const verifyHeader = (raw: Uint8Array, mesh: string): Verified<AnswerHeader> => {
  const { id, document, signedBy } = machineDocument(raw, 'gumshoe/answer/1', mesh)
  signedBy(document.agent)
  return { id, document }
}

/** Likewise, with the signature on another thread: for who takes thousands. */
export const verifyHeaderSoon = async (raw: Uint8Array, mesh: string): Promise<Verified<AnswerHeader>> => {
  const { id, document, signedBySoon } = machineDocument(raw, 'gumshoe/answer/1', mesh)
  await signedBySoon(document.agent)
  return { id, document }
}

/** The sealed body that a header names: length and digest. */
export const verifyBody = (header: AnswerHeader, body: Uint8Array): void => {
  if (body.length !== header.length || !sameBytes(sha256(body), header.digest))
    throw new GumshoeError('bad-signature', 'The body is not the one that the header names.')
}

export const verifyDropped = (raw: Uint8Array, mesh: string): Verified<Dropped> => {
  const { id, document, signedBy } = machineDocument(raw, 'gumshoe/dropped/1', mesh)
  signedBy(document.agent)
  return { id, document }
}

export const verifyPresence = (raw: Uint8Array, mesh: string): Verified<Presence> => {
  const { id, document, signedBy } = machineDocument(raw, 'gumshoe/presence/1', mesh)
  signedBy(document.peer)
  // Others dial them: a host may send nobody to another peer's door.
  if (!document.addresses.every(address => address.endsWith(`/p2p/${document.peer}`)))
    throw new GumshoeError('malformed', 'An address of the presence is not of its own peer.')
  return { id, document }
}

/** A receipt of a node that the newest charter names, and does not revoke. */
export const verifyReceipt = (raw: Uint8Array, chain: CharterChain): Verified<Receipt> => {
  const { id, document, signedBy } = machineDocument(raw, 'gumshoe/receipt/1', chain.mesh)
  const { nodes, revoked } = chain.current.charter
  if (!nodes.some(({ peer }) => peer === document.node) || revoked.peers.includes(document.node))
    throw new GumshoeError('not-a-member', 'The receipt is by a node that the charter does not name.')
  signedBy(document.node)
  return { id, document }
}
