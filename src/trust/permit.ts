import type { Action, Operation } from '../documents/action.ts'
import type { RunLimits } from '../documents/charter.ts'
import { GumshoeError } from '../errors.ts'
import type { Signer } from './signers.ts'

declare const acceptedBrand: unique symbol
declare const ownHostBrand: unique symbol

/** An action whose form, charter, window, signatures and quorum hold: what every node may forward and keep. */
export interface VerifiedAction {
  readonly id: string
  /** The encoded envelope, as received. */
  readonly envelope: Uint8Array
  readonly action: Action
  readonly signers: readonly Signer[]
}

/** An operation with the limits that spec, policy, action and host leave to it. */
export interface AcceptedOperation {
  readonly operation: Operation
  readonly limits: Required<RunLimits>
}

/** The gate's leave to run an action here. Nothing else makes one (threats.md, T22). */
export interface Accepted extends VerifiedAction {
  readonly [acceptedBrand]: true
  readonly operations: readonly AcceptedOperation[]
}

/** The leave of whoever sits at this machine to run a module on it, in a process that joins no mesh. */
export interface OwnHost {
  readonly [ownHostBrand]: true
}

export type Permit = Accepted | OwnHost

/** Made here and nowhere else: a type can be claimed, membership in these sets can't. */
const accepted = new WeakSet<object>()
const ownHosts = new WeakSet<object>()
let inMesh = false

/** For the gate only (test/attacks/T22 keeps it so). What was judged is frozen, so that what runs is what was judged. */
export const mintAccepted = (
  verified: VerifiedAction,
  operations: readonly AcceptedOperation[]
): Accepted => {
  const permit = { ...verified, operations } as unknown as Accepted
  deepFreeze(permit.action)
  deepFreeze(permit.operations)
  accepted.add(Object.freeze(permit))
  return permit
}

const deepFreeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
}

/** Called when a process starts a member of the mesh: from then on no `OwnHost` is made, and none counts. */
export const joinedMesh = (): void => {
  inMesh = true
}

const refuseMember = (): void => {
  if (inMesh)
    throw new GumshoeError(
      'internal',
      'A process that joined a mesh runs what its gate accepts, nothing else.'
    )
}

/** For the two `local` commands only. Throws `internal` in a process that is a member of a mesh. */
export const ownHost = (): OwnHost => {
  refuseMember()
  const permit = Object.freeze({}) as unknown as OwnHost
  ownHosts.add(permit)
  return permit
}

/**
 * What the runner calls first. Throws `internal` for anything that the gate or `ownHost` did not make, whatever its type
 * says, for an `OwnHost` in a member of a mesh, and for an operation that is not one of those accepted.
 */
export const assertPermit = (
  permit: Permit,
  operation: Pick<Operation, 'id' | 'module' | 'params'>
): void => {
  if (ownHosts.has(permit)) {
    refuseMember()
    return
  }
  const mine = accepted.has(permit) ? (permit as Accepted).operations : []
  const asked = mine.find(({ operation: { id } }) => id === operation.id)?.operation
  // The parameters are compared as the very object: what was judged, not what looks like it.
  if (asked === undefined || asked.module !== operation.module || asked.params !== operation.params)
    throw new GumshoeError('internal', 'There is no leave to run this.')
}
