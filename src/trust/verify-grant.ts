import { parseTime } from '../clock.ts'
import { encodeCbor, sha256Hex } from '../codec.ts'
import type { Charter } from '../documents/charter.ts'
import { decodeEnvelope, documentId, type Envelope } from '../documents/envelope.ts'
import type { Grant } from '../documents/grant.ts'
import { read } from '../documents/read.ts'
import { type ErrorCode, GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { CharterChain } from './charter-chain.ts'
import { hasRole } from './persons.ts'
import { verifyDetached } from './pgp.ts'
import { signersOf, type Verify } from './signers.ts'
import type { Verified } from './verify-machine.ts'

const GRANT_ENVELOPE = LIMITS.smallBytes + LIMITS.signatures * LIMITS.signatureBytes

/** Grants that held, by charter and envelope: a fleet that comes back shows the same few thousands of times. */
const held = new WeakMap<Charter, Set<string>>()

/**
 * A grant by the admins' threshold. It outlives the charter that it was made under, so the version that was in force at
 * its issue counts, and every later one; whoever the newest charter revokes never counts, so an admin who leaves is
 * revoked, not just left out. Keys are judged at the time of issue: hosts stay members when an admin's key expires.
 * Throws `wrong-mesh`, `revoked`, `not-yet-valid`, `unsigned` or the first fault's code.
 */
export const verifyGrant = async (
  raw: Uint8Array,
  chain: CharterChain,
  now: number,
  verify?: Verify
): Promise<Verified<Grant>> => {
  const envelope = decodeEnvelope(raw, GRANT_ENVELOPE)
  const document = read(envelope.bytes, 'gumshoe/grant/1')
  const id = documentId(envelope.bytes)
  if (document.mesh !== chain.mesh) throw new GumshoeError('wrong-mesh', 'The grant belongs to another mesh.')
  if (chain.current.charter.revoked.grants.includes(id))
    throw new GumshoeError('revoked', 'The grant is revoked.')
  const issued = parseTime(document.issued)
  if (issued > now + LIMITS.clockSkewMs)
    throw new GumshoeError('not-yet-valid', `The grant is of ${document.issued}.`)
  await requireAdmins(raw, envelope, issued, chain, verify)
  return { id, document }
}

const requireAdmins = async (
  raw: Uint8Array,
  envelope: Envelope,
  issued: number,
  chain: CharterChain,
  verify: Verify = verifyDetached
): Promise<void> => {
  const { charter: newest } = chain.current
  const name = sha256Hex(raw)
  const known = held.get(newest) ?? new Set()
  held.set(newest, known)
  if (known.has(name)) return
  const options = { verify: once(verify), revokedBy: newest }
  let fault: ErrorCode = 'unsigned'
  for (const charter of inForceSince(issued, chain)) {
    const { persons, faults } = await signersOf(envelope, charter, issued, options)
    const admins = persons.filter(({ person }) => hasRole(person, 'admin'))
    if (admins.length >= charter.adminThreshold) {
      if (known.size >= LIMITS.verifiedGrants) known.clear()
      known.add(name)
      return
    }
    if (charter === newest) fault = faults[0] ?? fault
  }
  throw new GumshoeError(fault, 'The grant is not signed by the admins that the charter asks for.')
}

/** Newest first, to the version that was the newest one at that time. */
const inForceSince = (time: number, chain: CharterChain): Charter[] => {
  const charters = chain.charters()
  const last = charters.findIndex(({ issued }) => parseTime(issued) <= time + LIMITS.clockSkewMs)
  return charters.slice(0, last + 1)
}

/** Many versions name the same key: a stranger's grant costs one verification a signature, however long the chain is. */
const once = (verify: Verify): Verify => {
  const known = new Map<string, ReturnType<Verify>>()
  return (bytes, signature, keys, now) => {
    const name = sha256Hex(encodeCbor([signature, keys.map(key => key.bytes)]))
    const verdict = known.get(name) ?? verify(bytes, signature, keys, now)
    known.set(name, verdict)
    return verdict
  }
}
