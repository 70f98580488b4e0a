import type { Charter } from '../../documents/charter.ts'
import type { Envelope } from '../../documents/envelope.ts'
import { type ForwardContext, Stop } from '../gate-context.ts'
import { type Signer, signersOf } from '../signers.ts'

/**
 * Check 6, signatures: distinct persons in force, each over exactly these bytes. Zero signatures is no signature (F10).
 * A signature that is no OpenPGP packet, or by a key that the charter knows over other bytes, costs the forwarder. One by
 * a key that is not known here is not sent on: a node with a newer charter may find it bad, and would blame us for it.
 */
export const checkSignatures = async (
  envelope: Envelope,
  charter: Charter,
  { now, verify }: Pick<ForwardContext, 'now' | 'verify'>
): Promise<readonly Signer[]> => {
  const { persons, faults } = await signersOf(envelope, charter, now, { verify })
  const fault = faults.find(code => code === 'malformed' || code === 'bad-signature')
  if (fault !== undefined) throw new Stop('reject', fault)
  if (faults.includes('unknown-signer')) throw new Stop('ignore', 'unknown-signer')
  if (persons.length === 0) throw new Stop('ignore', faults[0] ?? 'unsigned')
  return persons
}
