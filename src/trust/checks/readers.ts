import type { Action } from '../../documents/action.ts'
import type { Charter } from '../../documents/charter.ts'
import { Stop } from '../gate-context.ts'
import { isInForce, ownerOf } from '../persons.ts'

/**
 * Check 6, readers: whoever can unlock the answers is a person in force. It keeps honest consoles from sealing to the
 * wrong key; it can't keep an asker from passing on what he reads.
 */
export const checkReaders = ({ readers }: Action, charter: Charter): void => {
  for (const fingerprint of readers) {
    const person = ownerOf(charter, fingerprint)
    if (person === undefined || !isInForce(charter, person, fingerprint)) throw new Stop('ignore', 'policy')
  }
}
