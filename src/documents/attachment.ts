import { z } from 'zod'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { Action } from './action.ts'
import { idForm } from './vocabulary.ts'
import { sayWrong, type Wrong, wrongIn } from './wrong.ts'

/**
 * How the parameters of an operation name what is too large for an action: by its SHA-256 and its size, so that both are
 * under the signatures. The word `attachment` is kept for it in the parameters of every module.
 */
export const attachmentForm = z.strictObject({
  attachment: idForm,
  bytes: z.int().min(1).max(LIMITS.attachmentBytes)
})
export type Attachment = z.infer<typeof attachmentForm>

/**
 * The attachments that an action names, each once, in the order in which they stand. Throws `bad-params` where one is not
 * named in that form or by two sizes, `too-large` where there are too many.
 */
export const attachmentsOf = ({
  operations
}: {
  readonly operations: readonly Pick<Action['operations'][number], 'params'>[]
}): Attachment[] => {
  const found = new Map<string, Attachment>()
  const waiting: unknown[] = operations.map(({ params }) => params).reverse()
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value !== 'object' || value === null) continue
    if (!Object.hasOwn(value, 'attachment')) waiting.push(...Object.values(value).reverse())
    else {
      const named = readAttachment(value)
      if ((found.get(named.attachment)?.bytes ?? named.bytes) !== named.bytes)
        throw new GumshoeError('bad-params', 'An attachment is named by two sizes.')
      found.set(named.attachment, named)
    }
  }
  if (found.size > LIMITS.attachments)
    throw new GumshoeError('too-large', `An action names at most ${LIMITS.attachments} attachments.`)
  return [...found.values()]
}

const readAttachment = (value: object): Attachment => {
  const result = attachmentForm.safeParse(value)
  if (result.success) return result.data
  throw new GumshoeError('bad-params', sayAttachment(wrongIn(result.error)))
}

const sayAttachment = (wrong: Wrong): string =>
  `An attachment is malformed: ${sayWrong(String(wrong.path[0] ?? 'all of it'), wrong)}`
