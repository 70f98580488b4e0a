import { z } from 'zod'
import { decodeCbor, encodeCbor } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { DRAFT } from './charter-file.ts'
import { rawForm } from './vocabulary.ts'

/**
 * The one file that an admin hands to hosts (design 3): every charter version, the signed grant, and the private half of
 * the grant's enrolment key. A secret until the grant's last moment; the agent forgets it after its first start.
 */
const enrolmentSchema = z.strictObject({
  kind: z.literal('gumshoe/enrolment/1'),
  /** Encoded envelopes, oldest first. */
  charters: z.array(rawForm(LIMITS.charterBytes + LIMITS.smallBytes)).min(1),
  /** The grant's encoded envelope. */
  grant: rawForm(2 * LIMITS.smallBytes),
  /** Raw Ed25519 seed of the enrolment key. */
  seed: rawForm(32, 32)
})
export type Enrolment = z.infer<typeof enrolmentSchema>

export const encodeEnrolment = (enrolment: Omit<Enrolment, 'kind'>): Uint8Array =>
  encodeCbor({ kind: 'gumshoe/enrolment/1', ...enrolment })

/** Judges the form only. Throws `malformed`, `not-canonical`, `too-large`. */
export const decodeEnrolment = (bytes: Uint8Array): Enrolment => {
  if (bytes.length > LIMITS.charterFileBytes)
    throw new GumshoeError('too-large', `The enrolment file has ${bytes.length} bytes.`)
  if (bytes[0] === DRAFT)
    throw new GumshoeError('malformed', 'This is a draft that waits for one more signature.', {
      fix: 'Have another admin run gumshoe sign FILE; it writes the finished file.'
    })
  const result = enrolmentSchema.safeParse(decodeCbor(bytes))
  if (!result.success)
    throw new GumshoeError('malformed', 'This is no enrolment file of gumshoe enrol.', {
      cause: result.error
    })
  return result.data
}
