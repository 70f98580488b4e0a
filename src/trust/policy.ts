import { type Action, type Operation, REVEAL } from '../documents/action.ts'
import type { Policy, PolicyRule, Quorum, RunLimits } from '../documents/charter.ts'
import { readReveal } from './checks/form.ts'
import type { Signer } from './signers.ts'

/** The rule for an operation; a reveal is ruled by the module whose values it opens. Undefined: not listed, so refused. */
export const ruleOf = (policy: Policy, operation: Operation): PolicyRule | undefined => {
  const module = operation.module === REVEAL ? readReveal(operation.params).module : operation.module
  return policy.modules.find(rule => rule.module === module)
}

/** What the policy asks of an operation; a reveal asks what `clear` asks. Undefined: not allowed at all. */
export const quorumOf = (
  policy: Policy,
  action: Pick<Action, 'disclosure'>,
  operation: Operation
): Quorum | undefined => {
  const rule = ruleOf(policy, operation)
  return operation.module === REVEAL ? rule?.quorum.clear : rule?.quorum[action.disclosure]
}

/** What a set of signers brings: weights add up, persons count once, and only investigators count. */
export const standingOf = (signers: readonly Signer[]): { weight: number; persons: number } => {
  const counting = signers.filter(({ person }) => person.roles.includes('investigator') && person.weight > 0)
  return { weight: counting.reduce((sum, { person }) => sum + person.weight, 0), persons: counting.length }
}

export const reaches = (standing: { weight: number; persons: number }, quorum: Quorum): boolean =>
  standing.weight >= quorum.weight && standing.persons >= quorum.persons

/** The least of what spec, policy, action and host allow; the spec's default where nobody asked for less or more. */
export const resolveLimits = (
  spec: { readonly defaults: Required<RunLimits>; readonly most: Required<RunLimits> },
  ...asked: readonly RunLimits[]
): Required<RunLimits> => {
  const [policy, action, host] = asked
  const names = Object.keys(spec.defaults) as (keyof RunLimits)[]
  const least = (name: keyof RunLimits) =>
    Math.min(
      action?.[name] ?? spec.defaults[name],
      spec.most[name],
      policy?.[name] ?? Number.MAX_SAFE_INTEGER,
      host?.[name] ?? Number.MAX_SAFE_INTEGER
    )
  return Object.fromEntries(names.map(name => [name, least(name)])) as Required<RunLimits>
}
