import { encodeCbor, encodeJson } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import { type DocumentOf, KINDS, type Kind } from './read.ts'

/** Document → its one canonical byte form; throws `bad-params` naming the field when it would not read back. */
export const write = <K extends Kind>(document: DocumentOf<K> & { kind: K }): Uint8Array => {
  const entry = KINDS[document.kind]
  const result = entry.schema.safeParse(document)
  if (!result.success) {
    const issue = result.error.issues[0]!
    throw new GumshoeError(
      'bad-params',
      `In ${document.kind}, ${issue.path.join('.') || 'the document'}: ${issue.message}.`,
      { cause: result.error }
    )
  }
  const bytes = entry.form === 'json' ? encodeJson(document) : encodeCbor(document)
  if (bytes.length > entry.maxBytes)
    throw new GumshoeError(
      'too-large',
      `The ${document.kind} would have ${bytes.length} bytes; at most ${entry.maxBytes}.`
    )
  return bytes
}
