import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { rawForm } from './vocabulary.ts'

/** The first 16 bytes of an HMAC: what stands for a private value outside of its host (design 4). */
export const COMMITMENT_BYTES = 16
const commitmentForm = rawForm(COMMITMENT_BYTES, COMMITMENT_BYTES)

/** Components of one path, each committed to by itself. */
const componentsForm = z.array(commitmentForm).max(LIMITS.pathBytes / 2)

/**
 * One value of a row as it leaves a host. A bare value is plain, or the action was asked `clear`; `c` commits to a
 * private value, `p` to the components of an absolute path and `r` to those of another; `g` is the place of a guessable
 * value among the question's own literals. A guessable value that equals none of them is left out of its row.
 */
export const wireCellSchema = z.union([
  z.int(),
  z.boolean(),
  z.string().max(LIMITS.outputBytes),
  rawForm(LIMITS.outputBytes),
  z.strictObject({ c: commitmentForm }),
  z.strictObject({ p: componentsForm }),
  z.strictObject({ r: componentsForm }),
  z.strictObject({ g: z.int().min(0).max(1_000_000) })
])
export type WireCell = z.infer<typeof wireCellSchema>

/** Column → value; columns are the module's, in its spec's order. */
export const wireRowSchema = z.record(z.string().regex(/^[a-zA-Z0-9._-]{1,63}$/), wireCellSchema)
export type WireRow = z.infer<typeof wireRowSchema>
