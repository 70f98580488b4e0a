import type { Action, Operation } from '../documents/action.ts'
import type { Charter } from '../documents/charter.ts'
import { isInForce } from './persons.ts'
import { quorumOf, reaches, standingOf } from './policy.ts'
import type { Signer } from './signers.ts'

/** The signers whom the charter has not revoked since they signed. */
const inForce = (signers: readonly Signer[], charter: Charter): Signer[] =>
  signers.filter(({ person, fingerprint }) => isInForce(charter, person, fingerprint))

/** Whether an accepted operation may begin now: a person who was revoked while it waited takes his weight away (threats.md, T5). */
export const stillReaches = (
  { action, signers }: { readonly action: Action; readonly signers: readonly Signer[] },
  operation: Operation,
  charter: Charter,
  contentChecks: number
): boolean => {
  const quorum = quorumOf(charter.policy, { disclosure: action.disclosure, contentChecks }, operation)
  return quorum !== undefined && reaches(standingOf(inForce(signers, charter)), quorum)
}

/**
 * Whether these signers may learn, by a condition, what another action found here: they must reach the quorum that asking
 * it at `match` takes, or a condition would tell the verdict of a question that they could not ask. That verdict is one
 * bit, however many checks were made for it.
 */
export const mayLearn = (
  signers: readonly Signer[],
  earlier: { readonly operations: readonly Operation[] },
  charter: Charter
): boolean =>
  earlier.operations.every(operation => {
    const quorum = quorumOf(charter.policy, { disclosure: 'match', contentChecks: 1 }, operation)
    return quorum !== undefined && reaches(standingOf(inForce(signers, charter)), quorum)
  })
