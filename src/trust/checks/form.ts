import { type Action, REVEAL, type RevealParams, revealParams } from '../../documents/action.ts'
import { decodeEnvelope, documentId, type Envelope } from '../../documents/envelope.ts'
import { read } from '../../documents/read.ts'
import { formatTarget } from '../../documents/target/format.ts'
import { parseTarget } from '../../documents/target/parse.ts'
import { codeOf, GumshoeError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { Stop } from '../gate-context.ts'

/** The envelope of an action with room for its signatures. */
export const ACTION_ENVELOPE = LIMITS.actionBytes + LIMITS.signatures * LIMITS.signatureBytes + 64

/** Check 1: size and form of the envelope. What is malformed, every honest node rejects. */
export const readForm = (raw: Uint8Array): { envelope: Envelope; id: string } => {
  try {
    const envelope = decodeEnvelope(raw, ACTION_ENVELOPE)
    return { envelope, id: documentId(envelope.bytes) }
  } catch (error) {
    throw new Stop('reject', codeOf(error))
  }
}

/** Check 3: canonical form, schema, kind; the target in its canonical text; the parameters of a reveal. */
export const readAction = (envelope: Envelope): Action => {
  try {
    const action = read(envelope.bytes, 'gumshoe/action/1')
    if (formatTarget(parseTarget(action.target)) !== action.target) {
      throw new GumshoeError('not-canonical', 'The target is not in its canonical text.')
    }
    for (const operation of action.operations) if (operation.module === REVEAL) readReveal(operation.params)
    return action
  } catch (error) {
    throw new Stop('reject', codeOf(error))
  }
}

/** The parameters of `reveal/1`. Throws `bad-params`. */
export const readReveal = (params: unknown): RevealParams => {
  const result = revealParams.safeParse(params)
  if (!result.success)
    throw new GumshoeError('bad-params', 'The parameters of the reveal are malformed.', {
      cause: result.error
    })
  return result.data
}
