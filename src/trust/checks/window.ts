import { parseTime } from '../../clock.ts'
import type { Action } from '../../documents/action.ts'
import type { Policy } from '../../documents/charter.ts'
import { LIMITS } from '../../limits.ts'
import { Stop } from '../gate-context.ts'
import { ruleOf } from '../policy.ts'

/** Check 5: the window, at our own time ± LIMITS.clockSkewMs, and not longer than the policy's (T12). */
export const checkWindow = (action: Action, policy: Policy, now: number): void => {
  const from = parseTime(action.validFrom)
  const until = parseTime(action.expires)
  const responds = action.operations.some(operation => ruleOf(policy, operation)?.risk === 'respond')
  const most = (responds ? policy.respondWindowMaxS : policy.windowMaxS) * 1_000
  if (until <= from || until - from > most) throw new Stop('ignore', 'window')
  if (now > until + LIMITS.clockSkewMs) throw new Stop('ignore', 'expired')
  if (now < from - LIMITS.clockSkewMs) throw new Stop('hold', 'not-yet-valid')
}
