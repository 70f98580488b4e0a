import type { Action } from '../../documents/action.ts'
import type { Policy } from '../../documents/charter.ts'
import type { Target } from '../../documents/target/ast.ts'
import { type ForwardContext, Stop } from '../gate-context.ts'
import { quorumOf, reaches, ruleOf, standingOf, withinCeiling } from '../policy.ts'
import type { Signer } from '../signers.ts'

/**
 * Check 6, quorum: what the policy does not list is not allowed; every operation reaches its weight and its number of
 * persons, comes with a reason where one is asked for, and stays below its ceiling. Many checks about contents take more
 * (ADR 24); that is judged here and not by the host alone, or a copy with one of two signatures would shadow the whole one.
 */
export const checkQuorum = (
  action: Action,
  target: Target,
  signers: readonly Signer[],
  policy: Policy,
  { contentChecks }: Pick<ForwardContext, 'contentChecks'>
): void => {
  const standing = standingOf(signers)
  const asked = { disclosure: action.disclosure, contentChecks: contentChecks(action.operations) }
  for (const operation of action.operations) {
    const rule = ruleOf(policy, operation)
    const quorum = quorumOf(policy, asked, operation)
    if (rule === undefined || quorum === undefined) throw new Stop('ignore', 'policy')
    if (!reaches(standing, quorum)) throw new Stop('ignore', 'quorum')
    // The reason is inside the sealed note, which hosts can't read: that there is one is all that can be judged here (ADR 7).
    if (quorum.reason && action.note === undefined) throw new Stop('ignore', 'policy')
    if (!withinCeiling(action, target, rule, quorum, standing)) throw new Stop('ignore', 'ceiling')
  }
}
