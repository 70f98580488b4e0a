import type { Action } from '../../documents/action.ts'
import { samplePpm } from '../ceiling.ts'
import { type GateContext, Stop } from '../gate-context.ts'
import { ruleOf } from '../policy.ts'

/** Check 9, ceiling: this host lies in the part of the fleet that the action may touch. */
export const checkCeiling = (action: Action, { chain, self }: GateContext): void => {
  for (const operation of action.operations) {
    const risk = ruleOf(chain.current.charter.policy, operation)?.risk ?? 'respond'
    if (samplePpm(chain.mesh, risk, action.validFrom, self.peer) >= action.ceilingPpm)
      throw new Stop('refuse', 'ceiling')
  }
}

/** A host that ran the narrower action ignores the one that widens it. */
export const checkWidens = (action: Action, { ran }: GateContext): void => {
  if (action.widens !== undefined && ran(action.widens)) throw new Stop('ignore', 'known')
}
