import type { Action } from '../../documents/action.ts'
import type { Policy } from '../../documents/charter.ts'
import { LIMITS } from '../../limits.ts'
import { type GateContext, Stop } from '../gate-context.ts'
import { ruleOf } from '../policy.ts'
import type { Signer } from '../signers.ts'

/**
 * Check 9, rate: counted only here, after the signatures held, or garbage would lock a person out (T5). So are the checks
 * about contents, where they are few enough to be asked as `inspect`: many such questions are one that reads along (ADR 24).
 */
export const checkRate = (
  action: Pick<Action, 'operations'>,
  signers: readonly Signer[],
  policy: Policy,
  { takeFromRate, contentChecks }: Pick<GateContext, 'takeFromRate' | 'contentChecks'>
): void => {
  const checks = contentChecks(action.operations)
  const inspects = action.operations.some(operation => ruleOf(policy, operation)?.risk === 'inspect')
  const counted = inspects && checks <= LIMITS.contentChecks ? checks : 0
  for (const { person } of signers) if (!takeFromRate(person.name, counted)) throw new Stop('refuse', 'rate')
}
