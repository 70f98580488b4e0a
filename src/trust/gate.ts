import { checkCeiling, checkWidens } from './checks/ceiling.ts'
import { checkCharter, checkMesh } from './checks/charter.ts'
import { readAction, readForm } from './checks/form.ts'
import { checkCancelled, checkFloor, checkHost, checkModules, checkRate } from './checks/host.ts'
import { checkUnknown } from './checks/known.ts'
import { checkPolicy, checkQuorum, checkSignatures } from './checks/signatures.ts'
import { checkTarget } from './checks/target.ts'
import { checkWindow } from './checks/window.ts'
import { type ForwardContext, type GateContext, Stop, type Verdict } from './gate-context.ts'
import { type Accepted, mintAccepted, type VerifiedAction } from './permit.ts'

/** Checks 1 to 6, cheap first: what every node and console applies before it forwards or keeps an action (design 5). */
const verifyAction = async (raw: Uint8Array, context: ForwardContext): Promise<VerifiedAction> => {
  const { envelope, id } = readForm(raw)
  checkUnknown(id, context)
  const action = readAction(envelope)
  checkMesh(action, context)
  checkCharter(action, context)
  checkWindow(action, context)
  const signers = await checkSignatures(envelope, context)
  checkQuorum(action, signers, context)
  checkPolicy(action, context)
  return { id, envelope: raw, action, signers }
}

/** Checks 7 to 10: what this host alone decides. The record is written before the leave to run exists. */
const admit = async (verified: VerifiedAction, context: GateContext): Promise<Accepted> => {
  const { action, id, signers } = verified
  checkFloor(action, context)
  checkTarget(action, context)
  checkWidens(action, context)
  checkCancelled(id, context)
  checkHost(action, context)
  const operations = checkModules(action, context)
  checkCeiling(action, context)
  checkRate(
    signers.map(({ person }) => person.name),
    context
  )
  // Another copy may have come while the signatures were verified.
  checkUnknown(id, context)
  await context.record(verified)
  return mintAccepted(verified, operations)
}

/** Whether an action may be forwarded and kept: checks 1 to 6. An unknown failure is `ignore`, never a crash and never a penalty. */
export const forwardable = async (
  raw: Uint8Array,
  context: ForwardContext
): Promise<Verdict<VerifiedAction>> => {
  try {
    return { kind: 'accept', value: await verifyAction(raw, context) }
  } catch (error) {
    return verdictOf(error)
  }
}

/**
 * The only door to a module: all ten checks, in order, and the run record written with sync before `Accepted` exists.
 * `refuse` is for what this host alone decides, and only where the target names it.
 */
export const gate = async (raw: Uint8Array, context: GateContext): Promise<Verdict<Accepted>> => {
  let verified: VerifiedAction | undefined
  try {
    verified = await verifyAction(raw, context)
    return { kind: 'accept', value: await admit(verified, context) }
  } catch (error) {
    return verdictOf(error, verified)
  }
}

const verdictOf = <T>(error: unknown, action?: VerifiedAction): Verdict<T> => {
  if (!(error instanceof Stop)) return { kind: 'ignore', code: 'internal' }
  const { kind, code } = error
  if (kind !== 'refuse') return { kind, code }
  return action === undefined ? { kind: 'ignore', code } : { kind, code, action }
}
