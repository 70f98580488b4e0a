import type { z } from 'zod'
import { decodeCbor, decodeJson } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import {
  ACTION_KINDS,
  type Action,
  action2Schema,
  actionSchema,
  cancelSchema,
  voucherSchema
} from './action.ts'
import { droppedSchema, headerSchema, keywrapSchema, presenceSchema, receiptSchema } from './answer.ts'
import { charterSchema } from './charter.ts'
import { documentId } from './envelope.ts'
import { grantSchema, membershipSchema } from './grant.ts'
import { sayWrong, wrongIn } from './wrong.ts'

interface KindEntry<S extends z.ZodType> {
  readonly schema: S
  readonly form: 'json' | 'cbor'
  readonly maxBytes: number
}

const kind = <S extends z.ZodType>(schema: S, form: 'json' | 'cbor', maxBytes: number): KindEntry<S> => ({
  schema,
  form,
  maxBytes
})

/** Every kind of document: its schema, its form (persons sign JSON, machines CBOR) and its largest size. */
export const KINDS = {
  'gumshoe/charter/1': kind(charterSchema, 'json', LIMITS.charterBytes),
  'gumshoe/grant/1': kind(grantSchema, 'json', LIMITS.smallBytes),
  'gumshoe/action/1': kind(actionSchema, 'json', LIMITS.actionBytes),
  'gumshoe/action/2': kind(action2Schema, 'json', LIMITS.actionBytes),
  'gumshoe/cancel/1': kind(cancelSchema, 'json', LIMITS.smallBytes),
  'gumshoe/voucher/1': kind(voucherSchema, 'json', LIMITS.smallBytes),
  'gumshoe/membership/1': kind(membershipSchema, 'cbor', LIMITS.smallBytes),
  'gumshoe/answer/1': kind(headerSchema, 'cbor', LIMITS.smallBytes),
  'gumshoe/dropped/1': kind(droppedSchema, 'cbor', LIMITS.smallBytes),
  'gumshoe/receipt/1': kind(receiptSchema, 'cbor', LIMITS.smallBytes),
  'gumshoe/keywrap/1': kind(keywrapSchema, 'cbor', 2 * LIMITS.smallBytes),
  'gumshoe/presence/1': kind(presenceSchema, 'cbor', 2 * LIMITS.smallBytes)
} as const

export type Kind = keyof typeof KINDS
export type DocumentOf<K extends Kind> = z.infer<(typeof KINDS)[K]['schema']>

/** The kind that the bytes claim, after strict decoding; throws `malformed`, `not-canonical` or `unknown-kind`. */
export const kindOf = (bytes: Uint8Array): Kind => claimed(bytes).kind

const claimed = (bytes: Uint8Array): { kind: Kind; value: unknown } => {
  if (bytes.length > LIMITS.charterBytes)
    throw new GumshoeError('too-large', `The document has ${bytes.length} bytes.`)
  const value: unknown = bytes[0] === 0x7b ? decodeJson(bytes) : decodeCbor(bytes)
  const name = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
  if (typeof name !== 'string') throw new GumshoeError('malformed', 'The document does not name its kind.')
  if (!Object.hasOwn(KINDS, name))
    throw new GumshoeError(
      'unknown-kind',
      `The kind ${JSON.stringify(name.slice(0, 64).replace(/[^ -~]/g, '?'))} is not known.`
    )
  const entry = KINDS[name as Kind]
  if ((entry.form === 'json') !== (bytes[0] === 0x7b))
    throw new GumshoeError('malformed', `A document of kind ${name} is written in ${entry.form}.`)
  if (bytes.length > entry.maxBytes)
    throw new GumshoeError(
      'too-large',
      `A document of kind ${name} has at most ${entry.maxBytes} bytes, this one ${bytes.length}.`
    )
  return { kind: name as Kind, value }
}

/**
 * Bytes → document: the only decoder. Strict in size, depth, form, members; throws a GumshoeError that names the field.
 * It judges form only: nothing that comes out of here is verified.
 */
export const read = <K extends Kind>(
  bytes: Uint8Array,
  ...allowed: [K, ...K[]]
): DocumentOf<K> & { kind: K } => {
  const { kind, value } = claimed(bytes)
  if (!(allowed as Kind[]).includes(kind))
    throw new GumshoeError('unknown-kind', `Expected ${allowed.join(' or ')}, got ${kind}.`)
  const result = KINDS[kind].schema.safeParse(value)
  if (!result.success) throw new GumshoeError('malformed', sayIssue(kind, result.error))
  return result.data as DocumentOf<K> & { kind: K }
}

/** An action of either kind. */
export const readAction = (bytes: Uint8Array): Action => read(bytes, ...ACTION_KINDS)

/** The first thing that a schema finds, in a sentence that is harmless to print, whatever the document's author wrote. */
export const sayIssue = (kind: string, error: z.ZodError): string => {
  const { path, words, isMissing } = wrongIn(error)
  const say = (text: string) => text.slice(0, 120).replace(/[^ -~]/g, '?')
  return `In ${kind}, ${sayWrong(say(path.join('.')) || 'the document', { words: say(words), isMissing })}`
}

/** Like read, with the id beside it. */
export const readWithId = <K extends Kind>(
  bytes: Uint8Array,
  ...allowed: [K, ...K[]]
): { id: string; document: DocumentOf<K> & { kind: K } } => ({
  id: documentId(bytes),
  document: read(bytes, ...allowed)
})
