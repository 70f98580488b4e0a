import { type Action, REVEAL } from '../../documents/action.ts'
import type { Policy } from '../../documents/charter.ts'
import { codeOf } from '../../errors.ts'
import { type GateContext, Stop } from '../gate-context.ts'
import type { AcceptedOperation } from '../permit.ts'
import { moduleOf, resolveLimits, ruleOf } from '../policy.ts'

/** Check 8, modules: each operation has a module here that takes its parameters; returns it with its limits. */
export const checkModules = (
  action: Action,
  policy: Policy,
  { modules, settings }: Pick<GateContext, 'modules' | 'settings'>
): AcceptedOperation[] =>
  action.operations.map(operation => {
    const module = modules.get(moduleOf(operation))
    if (module === undefined) throw new Stop('refuse', 'unknown-module')
    try {
      // Those of a reveal were checked with the document.
      if (operation.module !== REVEAL) module.check(operation.params)
    } catch (error) {
      throw new Stop('refuse', codeOf(error))
    }
    const limits = resolveLimits(module.limits, {
      policy: ruleOf(policy, operation)?.limits ?? {},
      action: action.limits,
      host: settings.limits
    })
    return { operation, limits }
  })
