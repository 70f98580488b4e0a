import { parseTime } from '../../clock.ts'
import type { Action } from '../../documents/action.ts'
import { LIMITS } from '../../limits.ts'
import { Stop } from '../gate-context.ts'
import { parseSignature } from '../signature-packet.ts'
import type { Signer } from '../signers.ts'

/**
 * Check 6, ahead: nobody signed it longer before it begins than the longest window, by the time that his signature says. So
 * a cancel need not be remembered for ever: what it names has been taken, or is too old (T14).
 */
export const checkAhead = ({ validFrom }: Action, signers: readonly Pick<Signer, 'signature'>[]): void => {
  const from = parseTime(validFrom)
  for (const { signature } of signers)
    if (from - parseSignature(signature).created > LIMITS.windowMaxMs) throw new Stop('ignore', 'window')
}
