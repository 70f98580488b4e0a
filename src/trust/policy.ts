import { type Action, type Operation, REVEAL, type RevealParams, revealParams } from '../documents/action.ts'
import type { Policy, PolicyRule, Quorum, RunLimits } from '../documents/charter.ts'
import { sayIssue } from '../documents/read.ts'
import type { Target } from '../documents/target/ast.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { ModuleSpec } from '../modules/spec.ts'
import type { GateModule } from './gate-context.ts'
import type { Signer } from './signers.ts'

/** The parameters of `reveal/1`. Throws `bad-params`. */
export const readReveal = (params: unknown): RevealParams => {
  const result = revealParams.safeParse(params)
  if (!result.success) throw new GumshoeError('bad-params', sayIssue(REVEAL, result.error))
  return result.data
}

/** The module whose values an operation may bring out: a reveal opens those of the module that it names. */
export const moduleOf = (operation: Operation): string =>
  operation.module === REVEAL ? readReveal(operation.params).module : operation.module

/** The rule for an operation. Undefined: not listed, so refused. */
export const ruleOf = (policy: Policy, operation: Operation): PolicyRule | undefined => {
  const module = moduleOf(operation)
  return policy.modules.find(rule => rule.module === module)
}

/** What of an action decides which quorum its operations take. */
export interface Asked {
  readonly disclosure: Action['disclosure']
  /** Checks about contents that all of its operations make together. */
  readonly contentChecks: number
}

/**
 * What the policy asks of an operation; a reveal asks what `clear` asks, and what counts as sensitive beside its own what
 * the charter's sensitive modules ask. Undefined: not allowed at all.
 */
export const quorumOf = (policy: Policy, asked: Asked, operation: Operation): Quorum | undefined => {
  const rule = ruleOf(policy, operation)
  if (operation.module === REVEAL) return rule?.quorum.clear
  const own = rule?.quorum[asked.disclosure]
  if (own === undefined || !countsAsSensitive(policy, asked, operation)) return own
  const others = sensitiveQuorums(policy, asked.disclosure)
  return others.length === 0 ? undefined : strictest([own, ...others])
}

/**
 * Whether an `inspect` operation is part of a question that reads along, a bit with each check (ADR 24). A charter that
 * rates its module otherwise has said what such questions take.
 */
export const countsAsSensitive = (policy: Policy, asked: Asked, operation: Operation): boolean =>
  operation.module !== REVEAL &&
  ruleOf(policy, operation)?.risk === 'inspect' &&
  asked.contentChecks > LIMITS.contentChecks

const sensitiveQuorums = (policy: Policy, disclosure: Asked['disclosure']): Quorum[] =>
  policy.modules.flatMap(({ risk, quorum }) => (risk === 'sensitive' && quorum[disclosure]) || [])

const strictest = (quorums: readonly Quorum[]): Quorum => ({
  weight: Math.max(...quorums.map(({ weight }) => weight)),
  persons: Math.max(...quorums.map(({ persons }) => persons)),
  reason: quorums.some(({ reason }) => reason)
})

export interface Standing {
  readonly weight: number
  readonly persons: number
}

/** What a set of signers brings: weights add up, each person once, and only investigators count. */
export const standingOf = (signers: readonly Signer[]): Standing => {
  const counting = signers.filter(({ person }) => person.roles.includes('investigator') && person.weight > 0)
  return { weight: counting.reduce((sum, { person }) => sum + person.weight, 0), persons: counting.length }
}

export const reaches = (standing: Standing, quorum: Pick<Quorum, 'weight' | 'persons'>): boolean =>
  standing.weight >= quorum.weight && standing.persons >= quorum.persons

/** Hosts named by id that a `respond` may touch without a ceiling (design 3). */
export const NAMED_HOSTS = 5

/**
 * Whether the action stays within the part of the fleet that the rule allows. A `respond` may go beyond its ceiling where
 * it names at most 5 hosts by id, or with one person more than its quorum asks for (design 3).
 */
export const withinCeiling = (
  action: Pick<Action, 'ceilingPpm'>,
  target: Target,
  rule: PolicyRule,
  quorum: Quorum,
  standing: Standing
): boolean => {
  if (action.ceilingPpm <= rule.ceilingPpm) return true
  if (rule.risk !== 'respond') return false
  return namedHosts(target) <= NAMED_HOSTS || standing.persons > quorum.persons
}

/** The most hosts that the target can name by their ids; infinite where it names any in another way. */
export const namedHosts = (target: Target): number => {
  switch (target.type) {
    case 'compare':
      return target.name === 'id' && target.operator === '=' ? 1 : Number.POSITIVE_INFINITY
    case 'in':
      return target.name === 'id' ? target.values.length : Number.POSITIVE_INFINITY
    case 'and':
      return Math.min(...target.parts.map(namedHosts))
    case 'or':
      return target.parts.map(namedHosts).reduce((sum, hosts) => sum + hosts, 0)
    default:
      return Number.POSITIVE_INFINITY
  }
}

/** What the gate needs of a module's spec. */
export const gateModule = (spec: Pick<ModuleSpec, 'name' | 'risk' | 'limits' | 'params'>): GateModule => ({
  risk: spec.risk,
  limits: spec.limits,
  check: params => {
    const result = spec.params.safeParse(params)
    if (!result.success) throw new GumshoeError('bad-params', sayIssue(spec.name, result.error))
  }
})

/** The least of what spec, policy and host allow and the action asks for; the spec's default where it asks for nothing. */
export const resolveLimits = (
  spec: GateModule['limits'],
  asked: { readonly policy: RunLimits; readonly action: RunLimits; readonly host: RunLimits }
): Required<RunLimits> => {
  const names = Object.keys(spec.defaults) as (keyof RunLimits)[]
  const least = (name: keyof RunLimits): number =>
    Math.min(
      asked.action[name] ?? spec.defaults[name],
      spec.most[name],
      asked.policy[name] ?? Number.POSITIVE_INFINITY,
      asked.host[name] ?? Number.POSITIVE_INFINITY
    )
  return Object.fromEntries(names.map(name => [name, least(name)])) as Required<RunLimits>
}
