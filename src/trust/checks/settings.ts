import { type Action, REVEAL } from '../../documents/action.ts'
import { type HostSettings, Stop } from '../gate-context.ts'
import { moduleOf } from '../policy.ts'

/** Check 8: what the owner of this host has switched off. A reveal counts as its module at `clear`. */
export const checkSettings = (action: Action, settings: HostSettings): void => {
  for (const operation of action.operations) {
    if (settings.modulesOff.includes(moduleOf(operation))) throw new Stop('refuse', 'module-off')
    const disclosure = operation.module === REVEAL ? 'clear' : action.disclosure
    if (settings.disclosuresOff.includes(disclosure)) throw new Stop('refuse', 'disclosure-off')
  }
}
