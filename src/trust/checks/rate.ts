import { type GateContext, Stop } from '../gate-context.ts'
import type { Signer } from '../signers.ts'

/** Check 9, rate: counted only here, after the signatures held, or garbage would lock a person out (T5). */
export const checkRate = (
  signers: readonly Signer[],
  { takeFromRate }: Pick<GateContext, 'takeFromRate'>
): void => {
  for (const { person } of signers) if (!takeFromRate(person.name)) throw new Stop('refuse', 'rate')
}
