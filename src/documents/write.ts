import { encodeCbor, encodeJson } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import type { Action } from './action.ts'
import { type DocumentOf, KINDS, type Kind, sayIssue } from './read.ts'

/** Document → its one canonical byte form; throws `bad-params` naming the field, `malformed` or `too-large` when it would not read back. */
export const write = <K extends Kind>(document: (DocumentOf<K> & { kind: K }) | Action): Uint8Array => {
  const entry = KINDS[document.kind]
  const result = entry.schema.safeParse(document)
  if (!result.success) throw new GumshoeError('bad-params', sayIssue(document.kind, result.error))
  const bytes = entry.form === 'json' ? encodeJson(document) : encodeCbor(document)
  if (bytes.length > entry.maxBytes)
    throw new GumshoeError(
      'too-large',
      `The ${document.kind} would have ${bytes.length} bytes; at most ${entry.maxBytes}.`
    )
  return bytes
}
