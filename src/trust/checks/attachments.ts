import type { Action } from '../../documents/action.ts'
import { attachmentsOf } from '../../documents/attachment.ts'
import { codeOf } from '../../errors.ts'
import { Stop } from '../gate-context.ts'

/** Check 3, attachments: few, named in their form. Ignored and not rejected: who knows no attachments forwards it in good faith. */
export const checkAttachments = (action: Pick<Action, 'operations'>): void => {
  try {
    attachmentsOf(action)
  } catch (error) {
    throw new Stop('ignore', codeOf(error))
  }
}
