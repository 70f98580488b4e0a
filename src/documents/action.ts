import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { limitsSchema } from './charter.ts'
import {
  bytesForm,
  DISCLOSURES,
  distinct,
  fingerprintForm,
  idForm,
  moduleForm,
  opForm,
  setOf,
  textForm,
  timeForm
} from './vocabulary.ts'

const jsonSchema: z.ZodType<unknown> = z.json()

/** `found(<action>)` or `answered(<action>)`: decided by each agent from its own memory. */
const conditionSchema = z.strictObject({ when: z.enum(['found', 'answered']), action: idForm })

const operationSchema = z.strictObject({
  id: opForm,
  module: moduleForm,
  /** The module's own parameters, judged by its spec; `reveal/1` is answered by the agent itself. */
  params: z.record(z.string(), jsonSchema),
  condition: conditionSchema.optional()
})
export type Operation = z.infer<typeof operationSchema>

/** A question to the fleet. Every field that has an effect is inside the signed bytes (design 3). */
export const actionSchema = z.strictObject({
  kind: z.literal('gumshoe/action/1'),
  mesh: idForm,
  /** The charter version that the asker held: a floor. */
  charter: z.int().min(1).max(1_000_000),
  /** A target expression in its canonical text. */
  target: z.string().min(1).max(LIMITS.targetBytes),
  validFrom: timeForm,
  expires: timeForm,
  operations: z
    .array(operationSchema)
    .min(1)
    .max(LIMITS.operations)
    .refine(list => distinct(list.map(operation => operation.id)), 'each operation has an id of its own'),
  disclosure: z.enum(DISCLOSURES),
  ceilingPpm: z.int().min(1).max(1_000_000),
  /** The narrower action that this one widens; hosts that ran that one ignore this one. */
  widens: idForm.optional(),
  limits: limitsSchema,
  /** Primary fingerprints of those who can unlock the answers. */
  readers: setOf(fingerprintForm, LIMITS.readers),
  /** The X25519 key that answers and the note are sealed to. */
  sealTo: bytesForm(32, 32),
  /** Title, description, case, reason, threat: sealed, because suspect hosts read actions. */
  note: bytesForm(LIMITS.noteBytes).optional(),
  /** What the owner of a host may know. */
  purpose: textForm(500).optional(),
  nonce: bytesForm(16, 16)
})
export type Action = z.infer<typeof actionSchema>

/** The parameters of `reveal/1`: open these commitments of an earlier action, at the quorum of its module's `clear`. */
export const revealParams = z.strictObject({
  action: idForm,
  op: opForm,
  module: moduleForm,
  commitments: setOf(z.string().regex(/^[0-9a-f]{32}$/, 'a commitment is 32 lower hex digits'), 256).min(1)
})
export type RevealParams = z.infer<typeof revealParams>
export const REVEAL = 'reveal/1'

/** Ends an action for good, also in advance; any one investigator signs it. */
export const cancelSchema = z.strictObject({
  kind: z.literal('gumshoe/cancel/1'),
  mesh: idForm,
  action: idForm,
  issued: timeForm,
  nonce: bytesForm(16, 16)
})
export type Cancel = z.infer<typeof cancelSchema>

/** An investigator's word that a console's ephemeral peer is theirs. */
export const voucherSchema = z.strictObject({
  kind: z.literal('gumshoe/voucher/1'),
  mesh: idForm,
  /** The console's peer id. */
  peer: z.string().regex(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/),
  issued: timeForm,
  until: timeForm
})
export type Voucher = z.infer<typeof voucherSchema>
