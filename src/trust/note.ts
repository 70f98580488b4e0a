import { z } from 'zod'
import { decodeJson, encodeCbor, encodeJson, fromBase64, toBase64 } from '../codec.ts'
import type { Action } from '../documents/action.ts'
import { textForm } from '../documents/vocabulary.ts'
import { sayWrong, wrongIn } from '../documents/wrong.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { type KeyPair, makePair, publicOf } from './hpke.ts'
import { open, seal } from './seal.ts'

/** What an action is about, for those who read its answers: sealed to its sealing key, because suspect hosts read actions. */
export const noteSchema = z.strictObject({
  title: textForm(200).optional(),
  description: textForm(4_000).optional(),
  case: textForm(100).optional(),
  reason: textForm(1_000).optional(),
  threat: textForm(1_000).optional()
})
export type Note = z.infer<typeof noteSchema>

/** Bound to its action by the nonce: a note can't be moved into another action of the same sealing key. */
const aad = (place: Pick<Action, 'mesh' | 'nonce'>): Uint8Array =>
  encodeCbor([place.mesh, 'note', place.nonce])

/**
 * The member `note` of an action. The ephemeral pair goes with the note into the file for co-signers (see noteIsSealed),
 * and nowhere else. Throws `bad-params` naming the field, `too-large`.
 */
export const sealNote = (
  place: Pick<Action, 'mesh' | 'nonce' | 'sealTo'>,
  note: Note,
  ephemeral: KeyPair = makePair()
): string => {
  const checked = noteSchema.safeParse(note)
  if (!checked.success) {
    const wrong = wrongIn(checked.error)
    throw new GumshoeError('bad-params', sayWrong(`In the note, ${wrong.path.join('.')}`, wrong))
  }
  const box = seal(fromBase64(place.sealTo), encodeJson(checked.data), aad(place), ephemeral)
  if (box.length > LIMITS.noteBytes)
    throw new GumshoeError('too-large', `The note has ${box.length} bytes; at most ${LIMITS.noteBytes}.`)
  return toBase64(box)
}

/** Undefined where the action has none. Throws `malformed`. */
export const openNote = (
  privateKey: Uint8Array,
  action: Pick<Action, 'mesh' | 'nonce' | 'note'>
): Note | undefined => {
  if (action.note === undefined) return undefined
  const checked = noteSchema.safeParse(decodeJson(open(privateKey, fromBase64(action.note), aad(action))))
  if (!checked.success)
    throw new GumshoeError('malformed', 'The note is malformed.', { cause: checked.error })
  return checked.data
}

/**
 * True where this note is what the action carries, judged by someone who cannot open it (docs/adr/0007): a co-signer seals
 * the note that he was shown again, with the ephemeral secret of the asker's console, and gets the same bytes or not.
 */
export const noteIsSealed = (
  action: Pick<Action, 'mesh' | 'nonce' | 'sealTo' | 'note'>,
  note: Note,
  ephemeralSecret: Uint8Array
): boolean => {
  const ephemeral = { privateKey: ephemeralSecret, publicKey: publicOf(ephemeralSecret) }
  return sealNote(action, note, ephemeral) === action.note
}
