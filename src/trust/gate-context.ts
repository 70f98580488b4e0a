import type { RunLimits } from '../documents/charter.ts'
import type { TargetHost } from '../documents/facts.ts'
import type { Disclosure } from '../documents/vocabulary.ts'
import type { ErrorCode } from '../errors.ts'
import type { CharterChain } from './charter-chain.ts'
import type { VerifiedAction } from './permit.ts'
import type { Verify } from './signers.ts'

/** What every node that forwards knows: checks 1 to 6. */
export interface ForwardContext {
  /** Own time in ms. */
  readonly now: number
  readonly chain: CharterChain
  /** True for an id that was accepted here: further envelopes of it are ignored before any crypto (T24). */
  known(id: string): boolean
  readonly verify?: Verify
}

/** What the owner of this host allows, beside the policy. */
export interface HostSettings {
  /** `file/1`, …: modules that do not run here. */
  readonly modulesOff: readonly string[]
  readonly disclosuresOff: readonly Disclosure[]
  readonly limits: RunLimits
}

/** What the gate needs of a module's spec. */
export interface GateModule {
  readonly limits: { readonly defaults: Required<RunLimits>; readonly most: Required<RunLimits> }
  /** Throws `bad-params` naming the field. */
  check(params: unknown): void
}

/** What an agent knows beside: checks 7 to 10. */
export interface GateContext extends ForwardContext {
  readonly self: TargetHost
  readonly settings: HostSettings
  readonly modules: ReadonlyMap<string, GateModule>
  /** Everything that expires at or below it (ms) never runs: raised when run records are purged (T11). */
  readonly floor: number
  cancelled(id: string): boolean
  /** True while the person may ask one more thing here. */
  personAllowed(person: string): boolean
  /** Did this host run that action already? For `widens`. */
  ran(id: string): boolean
  /** Writes the run record with sync, before anything runs. Throws when it can't; then nothing runs. */
  record(action: VerifiedAction): Promise<void>
}

export type Verdict<T> =
  | { readonly kind: 'accept'; readonly value: T }
  | { readonly kind: 'hold'; readonly code: ErrorCode }
  | { readonly kind: 'ignore'; readonly code: ErrorCode }
  | { readonly kind: 'reject'; readonly code: ErrorCode }
  /** What this host alone decides: answered with its code, once. */
  | { readonly kind: 'refuse'; readonly code: ErrorCode; readonly action: VerifiedAction }

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
