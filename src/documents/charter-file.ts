import { decodeCbor, encodeCbor } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

/**
 * Every version of a charter in one file, oldest first: CBOR `[envelope, …]`. An admin hands it to bootstrap nodes and to
 * investigators; every home keeps one. It is form only: `CharterChain.open` verifies it.
 */
export const encodeCharterFile = (envelopes: readonly Uint8Array[]): Uint8Array => encodeCbor([...envelopes])

/** Drafts are JSON; a file of charters or an enrolment is CBOR. */
export const DRAFT = 0x7b

/** Throws `malformed`, `not-canonical`, `too-large`. */
export const decodeCharterFile = (bytes: Uint8Array): Uint8Array[] => {
  if (bytes.length > LIMITS.charterFileBytes)
    throw new GumshoeError('too-large', `The charter file has ${bytes.length} bytes.`)
  if (bytes[0] === DRAFT)
    throw new GumshoeError('malformed', 'This is a draft that waits for one more signature.', {
      fix: 'Have another admin run gumshoe sign FILE; it writes the finished file.'
    })
  const value = cborOf(bytes)
  const fine = Array.isArray(value) && value.length > 0 && value.every(item => item instanceof Uint8Array)
  if (!fine) throw new GumshoeError('malformed', 'This is no charter file.', { fix: FIX })
  return value as Uint8Array[]
}

const FIX = 'Ask an admin for the charter file: gumshoe mesh show -o FILE writes it.'

/** What is no CBOR at all is some other file, not a damaged one. */
const cborOf = (bytes: Uint8Array): unknown => {
  try {
    return decodeCbor(bytes)
  } catch (cause) {
    if (!(cause instanceof GumshoeError) || cause.code !== 'malformed') throw cause
    throw new GumshoeError('malformed', 'This is no charter file, or not a whole one.', { cause, fix: FIX })
  }
}
