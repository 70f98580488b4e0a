import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { countForm, idForm, msForm, opForm, peerForm, rawForm } from './vocabulary.ts'

/** The signed header of one part of an answer; headers of one agent form a chain by `seq` and `prev` (design 3). */
export const headerSchema = z.strictObject({
  kind: z.literal('gumshoe/answer/1'),
  mesh: idForm,
  action: idForm,
  op: opForm,
  agent: peerForm,
  /** Position in the agent's chain, from 1. */
  seq: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  /** Id of the header before; absent at 1. */
  prev: idForm.optional(),
  time: msForm,
  /** From 0; `last` is true on the last part of the operation. */
  part: countForm,
  last: z.boolean(),
  /** The charter version that the agent judged by. */
  charter: countForm,
  /** SHA-256 and length of the sealed body. */
  digest: rawForm(32, 32),
  length: countForm,
  /** SHA-256(blind ‖ plaintext): lets one answer be shown to a third party without the key to the others. */
  commit: rawForm(32, 32)
})
export type AnswerHeader = z.infer<typeof headerSchema>

/** Says that the answer at this place of the chain was dropped by its own agent (outbox full), so that no gap is silent. */
export const droppedSchema = z.strictObject({
  kind: z.literal('gumshoe/dropped/1'),
  mesh: idForm,
  agent: peerForm,
  seq: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  prev: idForm.optional(),
  /** The id of the header that was dropped. */
  dropped: idForm,
  action: idForm,
  time: msForm
})
export type Dropped = z.infer<typeof droppedSchema>

/** A bootstrap node's word that it has written the document with sync. */
export const receiptSchema = z.strictObject({
  kind: z.literal('gumshoe/receipt/1'),
  mesh: idForm,
  id: idForm,
  node: peerForm,
  time: msForm
})
export type Receipt = z.infer<typeof receiptSchema>

/** The sealing key's private half for one reader; signed by the console that puts it, with its voucher inside. */
export const keywrapSchema = z.strictObject({
  kind: z.literal('gumshoe/keywrap/1'),
  mesh: idForm,
  action: idForm,
  /** The reader's primary fingerprint. */
  reader: z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/),
  /** OpenPGP message: the X25519 private key, encrypted to the reader. */
  box: rawForm(8 * 1024),
  /** The envelope of the voucher of the console that signed this. */
  voucher: rawForm(LIMITS.smallBytes)
})
export type Keywrap = z.infer<typeof keywrapSchema>

/** Who is there, in clear but for the facts; the higher counter wins, only the latest is kept. */
export const presenceSchema = z.strictObject({
  kind: z.literal('gumshoe/presence/1'),
  mesh: idForm,
  peer: peerForm,
  counter: countForm,
  time: msForm,
  charter: countForm,
  version: z.string().max(64),
  state: z.enum(['up', 'leaving', 'rolled-back']),
  /** The grant that it was enrolled with, hence its tags. */
  grant: idForm,
  /** The head of its answer chain. */
  head: z.strictObject({ seq: countForm, id: idForm }).optional(),
  /** CBOR facts, sealed to the charter's inventory key; associated data [mesh, "presence", peer, counter]. */
  facts: rawForm(LIMITS.smallBytes),
  /** Addresses where it listens, for neighbours and for consoles when no hub is left. */
  addresses: z.array(z.string().max(256)).max(8)
})
export type Presence = z.infer<typeof presenceSchema>
