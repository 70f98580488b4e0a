import type { Action, Operation } from '../documents/action.ts'
import type { RunLimits } from '../documents/charter.ts'
import { GumshoeError } from '../errors.ts'
import type { Signer } from './signers.ts'

declare const acceptedBrand: unique symbol
declare const ownHostBrand: unique symbol

/** An action whose form, charter, window, signatures and quorum hold. */
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

const issued = new WeakSet<object>()
let inMesh = false

/** For the gate only (the architecture test keeps it so). */
export const mintAccepted = (
  verified: VerifiedAction,
  operations: readonly AcceptedOperation[]
): Accepted => {
  const accepted = Object.freeze({ ...verified, operations }) as unknown as Accepted
  issued.add(accepted)
  return accepted
}

/** Called when a process starts a member of the mesh: from then on `ownHost` refuses. */
export const joinedMesh = (): void => {
  inMesh = true
}

/** For the two `local` commands only. Throws `internal` in a process that is a member of a mesh. */
export const ownHost = (): OwnHost => {
  if (inMesh)
    throw new GumshoeError(
      'internal',
      'A process that joined a mesh runs what its gate accepts, nothing else.'
    )
  const permit = Object.freeze({}) as unknown as OwnHost
  issued.add(permit)
  return permit
}

/** Throws `internal` for anything that the gate or `ownHost` did not make, whatever its type says. */
export const assertPermit = (permit: Permit): void => {
  if (!issued.has(permit)) throw new GumshoeError('internal', 'There is no leave to run this.')
}
