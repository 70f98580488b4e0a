import { z } from 'zod'
import { fromBase64, toBase64, utf8Bytes } from '../../src/codec.ts'
import { bytesForm, fingerprintForm } from '../../src/documents/vocabulary.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { noteSchema } from '../../src/trust/note.ts'

const charters = z.array(bytesForm(LIMITS.charterBytes + LIMITS.smallBytes))

/**
 * What waits in a file for its next signature: JSON, so that it can be looked at. The envelope is the document with the
 * signatures that it has; beside it lies what the next signer needs to see, or what is needed once it is complete.
 */
const savedSchema = z.discriminatedUnion('what', [
  z.strictObject({
    gumshoe: z.literal('saved/1'),
    what: z.literal('charter'),
    envelope: bytesForm(LIMITS.charterBytes + LIMITS.smallBytes),
    /** The versions before it; empty for version 1. */
    charters
  }),
  z.strictObject({
    gumshoe: z.literal('saved/1'),
    what: z.literal('grant'),
    envelope: bytesForm(2 * LIMITS.smallBytes),
    charters,
    /** The private half of the enrolment key: the file is a secret. */
    seed: bytesForm(32, 32)
  }),
  z.strictObject({
    gumshoe: z.literal('saved/1'),
    what: z.literal('action'),
    envelope: bytesForm(LIMITS.actionBytes),
    /** The sealing key's private half, encrypted by OpenPGP to each reader: becomes keywraps when it is sent. */
    wraps: z.array(z.strictObject({ reader: fingerprintForm, box: bytesForm(8 * 1024) })).max(LIMITS.readers),
    /** The note in clear with the ephemeral secret that it was sealed with, so that a co-signer can check it (adr/0007). */
    note: z.strictObject({ clear: noteSchema, ephemeral: bytesForm(32, 32) }).optional(),
    /** What the action names by its hash, put to the nodes when it is sent. */
    attachments: z.array(bytesForm(LIMITS.attachmentBytes)).max(LIMITS.attachments).optional()
  })
])
type Written = z.infer<typeof savedSchema>

export type Saved =
  | { readonly what: 'charter'; readonly envelope: Uint8Array; readonly charters: readonly Uint8Array[] }
  | {
      readonly what: 'grant'
      readonly envelope: Uint8Array
      readonly charters: readonly Uint8Array[]
      readonly seed: Uint8Array
    }
  | {
      readonly what: 'action'
      readonly envelope: Uint8Array
      readonly wraps: readonly { readonly reader: string; readonly box: Uint8Array }[]
      readonly attachments?: readonly Uint8Array[]
      readonly note?: { readonly clear: z.infer<typeof noteSchema>; readonly ephemeral: Uint8Array }
    }

export type SavedAction = Extract<Saved, { what: 'action' }>

const written = (saved: Saved): Written => {
  const head = { gumshoe: 'saved/1', envelope: toBase64(saved.envelope) } as const
  if (saved.what === 'charter') return { ...head, what: 'charter', charters: saved.charters.map(toBase64) }
  if (saved.what === 'grant')
    return { ...head, what: 'grant', charters: saved.charters.map(toBase64), seed: toBase64(saved.seed) }
  return {
    ...head,
    what: 'action',
    wraps: saved.wraps.map(({ reader, box }) => ({ reader, box: toBase64(box) })),
    ...(saved.note && { note: { clear: saved.note.clear, ephemeral: toBase64(saved.note.ephemeral) } }),
    ...(saved.attachments?.length && { attachments: saved.attachments.map(toBase64) })
  }
}

export const encodeSaved = (saved: Saved): Uint8Array =>
  utf8Bytes(`${JSON.stringify(written(saved), null, 1)}\n`)

const notSaved = (cause: unknown): GumshoeError =>
  new GumshoeError('malformed', 'This is no file that gumshoe saved for signing.', {
    cause,
    fix: 'Take the file FILE.saved as --save, mesh or enrol wrote it; a finished charter or enrolment wants no more signatures.'
  })

/** Judges the form of the file, not what is in the envelope. Throws `malformed`, `too-large`. */
export const decodeSaved = (bytes: Uint8Array): Saved => {
  if (bytes.length > LIMITS.charterFileBytes) throw new GumshoeError('too-large', 'The file is too large.')
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw notSaved(cause)
  }
  const result = savedSchema.safeParse(value)
  if (!result.success) throw notSaved(result.error)
  const file = result.data
  const envelope = fromBase64(file.envelope)
  if (file.what === 'charter') return { what: 'charter', envelope, charters: file.charters.map(fromBase64) }
  if (file.what === 'grant')
    return { what: 'grant', envelope, charters: file.charters.map(fromBase64), seed: fromBase64(file.seed) }
  return {
    what: 'action',
    envelope,
    wraps: file.wraps.map(({ reader, box }) => ({ reader, box: fromBase64(box) })),
    ...(file.attachments && { attachments: file.attachments.map(fromBase64) }),
    ...(file.note && { note: { clear: file.note.clear, ephemeral: fromBase64(file.note.ephemeral) } })
  }
}
