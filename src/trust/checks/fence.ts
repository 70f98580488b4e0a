import { type Action, REVEAL } from '../../documents/action.ts'
import type { Policy } from '../../documents/charter.ts'
import { type GateContext, Stop } from '../gate-context.ts'
import { isHeldEnough } from '../held.ts'
import { ruleOf } from '../policy.ts'

/** Check 8, fence: no module runs here less tightly held than the owner asks. A reveal runs none: it opens what is kept. */
export const checkFence = (
  action: Action,
  policy: Policy,
  { modules, settings, self }: Pick<GateContext, 'modules' | 'settings' | 'self'>
): void => {
  for (const operation of action.operations) {
    if (operation.module === REVEAL) continue
    const risks = [ruleOf(policy, operation)?.risk, modules.get(operation.module)?.risk]
    if (!isHeldEnough(settings, operation.module, risks, self.facts?.fence)) throw new Stop('refuse', 'fence')
  }
}
