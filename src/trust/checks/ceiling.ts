import type { Action } from '../../documents/action.ts'
import type { Policy } from '../../documents/charter.ts'
import { samplePpm } from '../ceiling.ts'
import { Stop } from '../gate-context.ts'
import { ruleOf } from '../policy.ts'

/** Check 9, ceiling: this host lies in the part of the fleet that the action may touch. */
export const checkCeiling = (action: Action, policy: Policy, peer: string): void => {
  for (const operation of action.operations) {
    const { risk } = ruleOf(policy, operation)!
    if (samplePpm(action.mesh, risk, action.validFrom, peer) >= action.ceilingPpm)
      throw new Stop('refuse', 'ceiling')
  }
}
