import { randomBytes } from 'node:crypto'
import { encodeCbor, sameBytes, sha256, utf8Bytes } from '../codec.ts'
import type { AnswerHeader } from '../documents/answer.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { hpkeOpen, hpkeSeal, type KeyPair, makePair } from './hpke.ts'
import { paddedLength } from './pad.ts'

/** Everything that is sealed in a mesh is sealed here (design 4). */
const INFO = utf8Bytes('gumshoe/seal/1')
const BLIND = 32

export const makeSealKey = (): KeyPair => makePair()

/** HPKE to an X25519 public key; unpadded. Throws `malformed`. */
export const seal = (
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
  ephemeral?: KeyPair
): Uint8Array => hpkeSeal(publicKey, plaintext, aad, INFO, ephemeral && { ephemeral })

/** Throws `malformed` for what was not sealed to this key with this aad. */
export const open = (privateKey: Uint8Array, box: Uint8Array, aad: Uint8Array): Uint8Array =>
  hpkeOpen(privateKey, box, aad, INFO)

/** A four-byte length, the plaintext, zeros up to max(1 KiB, Padmé): nobody on the way sees how much it is. */
const pad = (plaintext: Uint8Array): Uint8Array => {
  const padded = new Uint8Array(paddedLength(4 + plaintext.length))
  new DataView(padded.buffer).setUint32(0, plaintext.length)
  padded.set(plaintext, 4)
  return padded
}

const isZero = (bytes: Uint8Array): boolean => sameBytes(bytes, new Uint8Array(bytes.length))

const unpad = (padded: Uint8Array): Uint8Array => {
  const view = new DataView(padded.buffer, padded.byteOffset, padded.length)
  const length = padded.length < 4 ? Number.POSITIVE_INFINITY : view.getUint32(0)
  if (padded.length !== paddedLength(4 + length) || !isZero(padded.subarray(4 + length)))
    throw new GumshoeError('malformed', 'The sealed box is not padded as it must be.')
  return padded.slice(4, 4 + length)
}

/** Where an answer belongs; the box opens nowhere else. */
export type AnswerPlace = Pick<AnswerHeader, 'mesh' | 'action' | 'op' | 'agent' | 'seq' | 'part'>

const answerAad = (place: AnswerPlace): Uint8Array =>
  encodeCbor([place.mesh, place.action, place.op, place.agent, place.seq, place.part])

/** A sealed body with what its header says of it. */
export interface SealedAnswer {
  readonly body: Uint8Array
  readonly digest: Uint8Array
  readonly length: number
  /** SHA-256(blind ‖ plaintext): the blind is inside, so one answer can be shown without the key to the others. */
  readonly commit: Uint8Array
}

/** Throws `too-large` where the body would not fit one part. */
export const sealAnswer = (
  sealTo: Uint8Array,
  place: AnswerPlace,
  plaintext: Uint8Array,
  blind: Uint8Array = randomBytes(BLIND)
): SealedAnswer => {
  const body = seal(sealTo, Buffer.concat([blind, pad(plaintext)]), answerAad(place))
  if (body.length > LIMITS.bodyBytes)
    throw new GumshoeError('too-large', `A part of ${body.length} bytes is larger than ${LIMITS.bodyBytes}.`)
  return { body, digest: sha256(body), length: body.length, commit: sha256(blind, plaintext) }
}

/**
 * Checks the body against its signed header and opens it. Throws `bad-signature` where the body is not the one that the
 * agent signed, `malformed` where it does not open, is padded otherwise, or breaks the agent's own commitment.
 */
export const openAnswer = (privateKey: Uint8Array, header: AnswerHeader, body: Uint8Array): Uint8Array => {
  if (body.length !== header.length || !sameBytes(sha256(body), header.digest))
    throw new GumshoeError('bad-signature', 'The sealed body is not the one that the agent signed.')
  const inner = open(privateKey, body, answerAad(header))
  const plaintext = unpad(inner.subarray(BLIND))
  if (!sameBytes(sha256(inner.subarray(0, BLIND), plaintext), header.commit))
    throw new GumshoeError('malformed', 'The answer is not what its header commits to.')
  return plaintext
}

const factsAad = (mesh: string, peer: string, counter: number): Uint8Array =>
  encodeCbor([mesh, 'presence', peer, counter])

/** The facts of a presence, padded, to the charter's inventory key. */
export const sealFacts = (
  inventoryKey: Uint8Array,
  place: { mesh: string; peer: string; counter: number },
  facts: Uint8Array
): Uint8Array => seal(inventoryKey, pad(facts), factsAad(place.mesh, place.peer, place.counter))

/** Throws `malformed`. */
export const openFacts = (
  privateKey: Uint8Array,
  place: { mesh: string; peer: string; counter: number },
  box: Uint8Array
): Uint8Array => unpad(open(privateKey, box, factsAad(place.mesh, place.peer, place.counter)))
