import { decodeEnvelope, documentId, type Envelope } from '../../documents/envelope.ts'
import { codeOf } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { Stop } from '../gate-context.ts'

/** The envelope of an action with room for its signatures. */
export const ACTION_ENVELOPE = LIMITS.actionBytes + LIMITS.signatures * LIMITS.signatureBytes + 64

/** Check 1: size and form of the envelope. What is malformed, every honest node rejects. */
export const checkForm = (raw: Uint8Array): { envelope: Envelope; id: string } => {
  try {
    const envelope = decodeEnvelope(raw, ACTION_ENVELOPE)
    return { envelope, id: documentId(envelope.bytes) }
  } catch (error) {
    throw new Stop('reject', codeOf(error))
  }
}
