import type { Operation } from '../documents/action.ts'
import type { RunLimits } from '../documents/charter.ts'
import type { FENCES, TargetHost } from '../documents/facts.ts'
import type { Disclosure, Risk } from '../documents/vocabulary.ts'
import type { ErrorCode } from '../errors.ts'
import type { CharterChain } from './charter-chain.ts'
import type { VerifiedAction } from './permit.ts'
import type { Seen } from './seen.ts'
import type { Verify } from './signers.ts'

/** What every node that forwards knows: checks 1 to 6. The sending peer's rate was taken before (src/mesh/rates.ts). */
export interface ForwardContext {
  /** Own time in ms. */
  readonly now: number
  readonly chain: CharterChain
  /** One for the whole process. Whoever fails to keep what was accepted calls `forget`. */
  readonly seen: Seen
  readonly verify?: Verify
  /** How many checks about contents operations make together: from the specs that this program knows (ADR 24). */
  contentChecks(operations: readonly Operation[]): number
}

/** What the owner of this host allows, beside the policy. */
export interface HostSettings {
  /** `file/1`, …: modules that do not run here. */
  readonly modulesOff: readonly string[]
  readonly disclosuresOff: readonly Disclosure[]
  readonly limits: RunLimits
  /** By a risk (`sensitive`) or a module (`ping/1`): how tightly it must be held here, or it does not run. */
  readonly fenceAtLeast?: Readonly<Record<string, (typeof FENCES)[number]>>
}

/** What the gate needs of a module's spec; `gateModule` makes it. */
export interface GateModule {
  /** What the module itself says; the charter's rule counts beside it. */
  readonly risk: Risk
  readonly limits: { readonly defaults: Required<RunLimits>; readonly most: Required<RunLimits> }
  /** Throws `bad-params` naming the field. */
  check(params: unknown): void
}

/** What was decided about an action here, for good: it was run, or refused with a code. */
export type Decision = 'run' | ErrorCode

/** What an agent knows beside: checks 7 to 10. */
export interface GateContext extends ForwardContext {
  readonly self: TargetHost
  readonly settings: HostSettings
  /** By `file/1`, …. */
  readonly modules: ReadonlyMap<string, GateModule>
  /** Everything that expires at or below it (ms) never runs: raised when run records are purged (T11). */
  readonly floor: number
  /** From the run records: what was decided about the action, in this life of the process or an earlier one. */
  decided(id: string): Decision | undefined
  cancelled(id: string): boolean
  /** Counts one action of the person here, with its checks about contents; false where they are too many (`PersonRates`). */
  takeFromRate(person: string, contentChecks: number): boolean
  /** Writes the run record with sync, before anything runs or is answered. Throws when it can't; then nothing does. */
  record(action: VerifiedAction, decision: Decision): Promise<void>
}

/**
 * `reject` costs the forwarder, so it is only for what every honest node would reject; `hold` waits (bounded) for a
 * charter or for its time; `refuse` is answered with its code, once. `action` is there as soon as checks 1 to 6 held: then
 * the envelope may be forwarded, whatever this host decides for itself.
 */
export type Verdict<T> =
  | { readonly kind: 'accept'; readonly value: T; readonly action: VerifiedAction }
  | { readonly kind: 'refuse'; readonly code: ErrorCode; readonly action: VerifiedAction }
  | {
      readonly kind: 'hold' | 'ignore' | 'reject'
      readonly code: ErrorCode
      readonly action?: VerifiedAction
    }

/** How a check ends the way of an action. */
export class Stop extends Error {
  readonly kind: 'hold' | 'ignore' | 'reject' | 'refuse'
  readonly code: ErrorCode

  constructor(kind: Stop['kind'], code: ErrorCode) {
    super(`${kind}: ${code}`)
    this.kind = kind
    this.code = code
  }
}
