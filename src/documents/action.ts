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
const onAction = z.strictObject({ when: z.enum(['found', 'answered']), action: idForm })

/** `found(<operation>)`: decided by what an earlier operation of the same action has just found on this host. */
const onOperation = z.strictObject({ when: z.literal('found'), op: opForm })

const operationMembers = {
  id: opForm,
  module: moduleForm,
  /** The module's own parameters, judged by its spec; `reveal/1` is answered by the agent itself. */
  params: z.record(z.string(), jsonSchema)
}
const operationSchema = z.strictObject({ ...operationMembers, condition: onAction.optional() })
const operation2Schema = z.strictObject({
  ...operationMembers,
  condition: z.union([onAction, onOperation]).optional()
})
export type Operation = z.infer<typeof operation2Schema>
export type Condition = NonNullable<Operation['condition']>

const operationsOf = <S extends typeof operationSchema | typeof operation2Schema>(schema: S) =>
  z
    .array(schema)
    .min(1)
    .max(LIMITS.operations)
    .refine(
      list => distinct((list as Operation[]).map(({ id }) => id)),
      'each operation has an id of its own'
    )

/** A condition names an operation above its own: so there is no circle, and what it names has ended when it is judged. */
const looksBack = (list: readonly Operation[]): boolean =>
  list.every(
    ({ condition }, i) =>
      condition === undefined ||
      !('op' in condition) ||
      list.slice(0, i).some(({ id }) => id === condition.op)
  )

const actionMembers = {
  mesh: idForm,
  /** The charter version that the asker held: a floor. */
  charter: z.int().min(1).max(1_000_000),
  /** A target expression in its canonical text. */
  target: z.string().min(1).max(LIMITS.targetBytes),
  validFrom: timeForm,
  expires: timeForm,
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
}

/** A question to the fleet. Every field that has an effect is inside the signed bytes (design 3). */
export const actionSchema = z.strictObject({
  kind: z.literal('gumshoe/action/1'),
  ...actionMembers,
  operations: operationsOf(operationSchema)
})

/** The same, where an operation may depend on one before it (ADR 19). */
export const action2Schema = z.strictObject({
  kind: z.literal('gumshoe/action/2'),
  ...actionMembers,
  operations: operationsOf(operation2Schema).refine(
    looksBack,
    'a condition names an operation before its own'
  )
})

/** The kinds of action that are taken; a console writes the older one wherever it says the same. */
export const ACTION_KINDS = ['gumshoe/action/1', 'gumshoe/action/2'] as const
export type ActionKind = (typeof ACTION_KINDS)[number]
export const isActionKind = (kind: string): kind is ActionKind =>
  (ACTION_KINDS as readonly string[]).includes(kind)

export type Action = Omit<z.infer<typeof action2Schema>, 'kind'> & { readonly kind: ActionKind }

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
