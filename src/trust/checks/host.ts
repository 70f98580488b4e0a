import { parseTime } from '../../clock.ts'
import { type Action, REVEAL } from '../../documents/action.ts'
import { codeOf } from '../../errors.ts'
import { type GateContext, Stop } from '../gate-context.ts'
import type { AcceptedOperation } from '../permit.ts'
import { resolveLimits, ruleOf } from '../policy.ts'
import { readReveal } from './form.ts'

/** Check 2, floor: an action that ends before the persisted floor may have run and been forgotten, so it never runs (T11). */
export const checkFloor = (action: Action, { floor }: GateContext): void => {
  if (parseTime(action.expires) <= floor) throw new Stop('ignore', 'expired')
}

/** A cancelled action never runs, also where the cancel came first. */
export const checkCancelled = (id: string, { cancelled }: GateContext): void => {
  if (cancelled(id)) throw new Stop('refuse', 'cancelled')
}

/** Check 8: what the owner of this host allows, and whether its modules understand the question. */
export const checkHost = (action: Action, { settings }: GateContext): void => {
  for (const operation of action.operations) {
    const reveals = operation.module === REVEAL
    const module = reveals ? readReveal(operation.params).module : operation.module
    if (settings.modulesOff.includes(module)) throw new Stop('refuse', 'module-off')
    if (settings.disclosuresOff.includes(reveals ? 'clear' : action.disclosure))
      throw new Stop('refuse', 'disclosure-off')
  }
}

/** Check 8, modules: each operation has a module here that takes its parameters; returns it with its limits. */
export const checkModules = (
  action: Action,
  { chain, modules, settings }: GateContext
): AcceptedOperation[] =>
  action.operations.map(operation => {
    const reveals = operation.module === REVEAL
    const module = modules.get(reveals ? readReveal(operation.params).module : operation.module)
    if (module === undefined) throw new Stop('refuse', 'unknown-module')
    if (!reveals) {
      try {
        module.check(operation.params)
      } catch (error) {
        throw new Stop('refuse', codeOf(error))
      }
    }
    const policy = ruleOf(chain.current.charter.policy, operation)?.limits ?? {}
    return { operation, limits: resolveLimits(module.limits, policy, action.limits, settings.limits) }
  })

/** Check 9, rate: a person's rate counts only after his signature held, or garbage would lock him out. */
export const checkRate = (persons: readonly string[], { personAllowed }: GateContext): void => {
  if (!persons.every(person => personAllowed(person))) throw new Stop('refuse', 'rate')
}
