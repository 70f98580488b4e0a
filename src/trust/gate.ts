import type { Charter } from '../documents/charter.ts'
import type { Target } from '../documents/target/ast.ts'
import { checkAhead } from './checks/ahead.ts'
import { checkAttachments } from './checks/attachments.ts'
import { checkCancelled } from './checks/cancelled.ts'
import { checkCeiling } from './checks/ceiling.ts'
import { checkCharter } from './checks/charter.ts'
import { checkDecided } from './checks/decided.ts'
import { checkDocument } from './checks/document.ts'
import { checkFence } from './checks/fence.ts'
import { checkFloor } from './checks/floor.ts'
import { checkForm } from './checks/form.ts'
import { checkKnown } from './checks/known.ts'
import { checkMesh } from './checks/mesh.ts'
import { checkModules } from './checks/modules.ts'
import { checkQuorum } from './checks/quorum.ts'
import { checkRate } from './checks/rate.ts'
import { checkReaders } from './checks/readers.ts'
import { checkSettings } from './checks/settings.ts'
import { checkSignatures } from './checks/signatures.ts'
import { checkTarget } from './checks/target.ts'
import { checkWidens } from './checks/widens.ts'
import { checkWindow } from './checks/window.ts'
import { type ForwardContext, type GateContext, Stop, type Verdict } from './gate-context.ts'
import { type Accepted, type AcceptedOperation, mintAccepted, type VerifiedAction } from './permit.ts'

/** What checks 1 to 6 leave: the action as verified, and by which charter. */
interface Judged {
  readonly verified: VerifiedAction
  readonly target: Target
  readonly charter: Charter
}

/**
 * Whether an action may be forwarded and kept: checks 1 to 6, cheap first (design 5), what every node and console applies.
 * An unknown failure is `ignore`, never a crash and never a penalty.
 */
export const forwardable = (raw: Uint8Array, context: ForwardContext): Promise<Verdict<VerifiedAction>> =>
  judge(
    raw,
    context,
    () => undefined,
    async ({ verified }) => verified
  )

/**
 * The only door to a module: all ten checks, in order, and the run record written with sync before `Accepted` exists.
 * `refuse` is for what this host alone decides, only where the target names it, and recorded likewise.
 */
export const gate = (raw: Uint8Array, context: GateContext): Promise<Verdict<Accepted>> =>
  judge(
    raw,
    context,
    id => checkDecided(id, context),
    async judged => {
      const { verified } = judged
      try {
        const operations = admit(judged, context)
        await context.record(verified, 'run')
        return mintAccepted(verified, operations)
      } catch (error) {
        if (error instanceof Stop && error.kind === 'refuse') await context.record(verified, error.code)
        throw error
      }
    }
  )

/**
 * Judges once more what this host has accepted and what goes on: by the newest charter, at its own time, with what the
 * owner allows now. Nothing is recorded, and nothing that was not recorded as run comes through (ADR 18).
 */
export const gateAgain = async (raw: Uint8Array, context: GateContext): Promise<Verdict<Accepted>> => {
  try {
    const { envelope, id } = checkForm(raw)
    if (context.decided(id) !== 'run') throw new Stop('ignore', 'known')
    const { verified, charter } = await verifyAction({ raw, envelope, id }, context)
    checkFloor(verified.action, context.floor)
    checkCancelled(id, context)
    checkSettings(verified.action, context.settings)
    checkFence(verified.action, charter.policy, context)
    const operations = checkModules(verified.action, charter.policy, context)
    return { kind: 'accept', value: mintAccepted(verified, operations), action: verified }
  } catch (error) {
    return { kind: 'ignore', code: error instanceof Stop ? error.code : 'internal' }
  }
}

const judge = async <T>(
  raw: Uint8Array,
  context: ForwardContext,
  checkOver: (id: string) => void,
  decide: (judged: Judged) => Promise<T>
): Promise<Verdict<T>> => {
  const { seen } = context
  let action: VerifiedAction | undefined
  try {
    const { envelope, id } = checkForm(raw)
    return await seen.turn(id, async () => {
      checkKnown(id, seen)
      checkOver(id)
      const judged = await verifyAction({ raw, envelope, id }, context)
      action = judged.verified
      seen.add(id)
      return { kind: 'accept', value: await decide(judged), action }
    })
  } catch (error) {
    if (error instanceof Stop)
      return { kind: error.kind, code: error.code, ...(action && { action }) } as Verdict<T>
    // What could not be recorded was not decided: catch-up brings it again.
    if (action !== undefined) seen.forget(action.id)
    return { kind: 'ignore', code: 'internal', ...(action && { action }) }
  }
}

/** Checks 3 to 6, all by the charter that was the newest when they began. */
const verifyAction = async (
  { raw, envelope, id }: { raw: Uint8Array; id: string } & Pick<ReturnType<typeof checkForm>, 'envelope'>,
  context: ForwardContext
): Promise<Judged> => {
  const { chain, now } = context
  const { charter } = chain.current
  const { action, target } = checkDocument(envelope.bytes)
  checkAttachments(action)
  checkMesh(action, chain.mesh)
  checkCharter(action, charter, now)
  checkWindow(action, charter.policy, now)
  const signers = await checkSignatures(envelope, charter, context)
  checkAhead(action, signers)
  checkQuorum(action, target, signers, charter.policy, context)
  checkReaders(action, charter)
  return { verified: { id, envelope: raw, action, signers }, target, charter }
}

/** Checks 7 to 9: what this host alone decides. */
const admit = (
  { verified: { id, action, signers }, target, charter: { policy } }: Judged,
  context: GateContext
): AcceptedOperation[] => {
  checkFloor(action, context.floor)
  checkTarget(target, context.self)
  checkWidens(action, context)
  // Before anything that is answered with a code, or malformed parameters, or cancels, would cost a person nothing.
  checkRate(action, signers, policy, context)
  checkCancelled(id, context)
  checkSettings(action, context.settings)
  checkFence(action, policy, context)
  const operations = checkModules(action, policy, context)
  checkCeiling(action, policy, context.self.peer)
  return operations
}
