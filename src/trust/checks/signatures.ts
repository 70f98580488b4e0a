import type { Action } from '../../documents/action.ts'
import type { Envelope } from '../../documents/envelope.ts'
import { type ForwardContext, Stop } from '../gate-context.ts'
import { quorumOf, reaches, standingOf } from '../policy.ts'
import { type Signer, signersOf } from '../signers.ts'

/** Check 6, signatures: distinct persons in force, each over exactly these bytes. Zero signatures is no signature (F10). */
export const checkSignatures = async (
  envelope: Envelope,
  { chain, now, verify }: ForwardContext
): Promise<readonly Signer[]> => {
  const { persons, faults } = await signersOf(envelope, chain.current.charter, now, verify)
  if (faults.includes('bad-signature')) throw new Stop('reject', 'bad-signature')
  if (persons.length === 0) throw new Stop('ignore', faults[0] ?? 'unsigned')
  return persons
}

/** Check 6, quorum: every operation's weight and number of persons are reached; what the policy does not list is refused. */
export const checkQuorum = (action: Action, signers: readonly Signer[], { chain }: ForwardContext): void => {
  const { policy } = chain.current.charter
  const standing = standingOf(signers)
  for (const operation of action.operations) {
    const quorum = quorumOf(policy, action, operation)
    if (quorum === undefined) throw new Stop('ignore', 'policy')
    if (!reaches(standing, quorum)) throw new Stop('ignore', 'quorum')
    // The reason is inside the sealed note, which hosts can't read: that there is one is all that can be judged here (ADR 7).
    if (quorum.reason && action.note === undefined) throw new Stop('ignore', 'policy')
  }
}

/** Check 8, for every node: the ceiling and the readers stay within the policy. */
export const checkPolicy = (action: Action, { chain }: ForwardContext): void => {
  const { policy } = chain.current.charter
  for (const operation of action.operations) {
    const rule = policy.modules.find(entry => entry.module === operation.module)
    if (rule !== undefined && action.ceilingPpm > rule.ceilingPpm) throw new Stop('ignore', 'policy')
  }
}
