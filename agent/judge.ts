import { type Clock, parseTime } from '../src/clock.ts'
import { sha256, toHex } from '../src/codec.ts'
import { isActionKind } from '../src/documents/action.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import type { TargetHost } from '../src/documents/facts.ts'
import { kindOf, read } from '../src/documents/read.ts'
import { codeOf, type ErrorCode } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { GossipVerdict } from '../src/mesh/mesh.ts'
import { contentChecksOf } from '../src/modules/content-checks.ts'
import { MODULES } from '../src/modules/index.ts'
import { moduleId } from '../src/modules/spec.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { gate, gateAgain } from '../src/trust/gate.ts'
import {
  type Decision,
  type GateContext,
  type HostSettings,
  Stop,
  type Verdict
} from '../src/trust/gate-context.ts'
import type { Accepted, VerifiedAction } from '../src/trust/permit.ts'
import { DAY_MS, PersonRates } from '../src/trust/person-rates.ts'
import { gateModule } from '../src/trust/policy.ts'
import { Seen } from '../src/trust/seen.ts'
import { verifyCancel } from '../src/trust/verify-person.ts'
import { Turns } from '../src/turns.ts'
import type { Ledger } from './ledger.ts'
import type { Memory } from './memory.ts'
import type { Records } from './records.ts'

export interface JudgeComponents {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly memory: Memory
  readonly records: Records
  readonly ledger: Ledger
  readonly settings: HostSettings
  /** This host as targets see it: tags of its grant, its facts now. */
  self(): TargetHost
  accepted(accepted: Accepted): void
  refused(action: VerifiedAction, code: ErrorCode): void
  cancelled(id: string): void
  /** A newer charter was taken: keep it, judge the connected again. */
  charterTaken(): Promise<void>
  /** An action or a charter names a newer charter than ours: fetch it. */
  fetchCharters(): void
}

/** How an envelope was taken: what gossip is told, and the code for whoever put it. */
export interface Judged {
  readonly gossip: GossipVerdict
  readonly code: ErrorCode | undefined
}

const MODULE_MAP = new Map(MODULES.map(spec => [moduleId(spec), gateModule(spec)]))
/** What every honest node would reject, whatever it holds and whatever its version. */
const REJECTED: readonly ErrorCode[] = [
  'malformed',
  'not-canonical',
  'too-large',
  'bad-signature',
  'wrong-mesh'
]

/** Everything that reaches an agent from outside, by gossip, put or catch-up, is judged here: actions by the gate, cancels and charters by their signatures. */
export class Judge {
  readonly #components: JudgeComponents
  readonly #seen = new Seen()
  readonly #rates = new PersonRates()
  readonly #dayRates = new PersonRates(DAY_MS)
  readonly #checksOfDay = new PersonRates(DAY_MS)
  readonly #rateAnswers = new PersonRates()
  readonly #cancelRates = new PersonRates()
  readonly #cancels = new Turns()
  readonly #cancelDays = new PersonRates(DAY_MS)
  /** Recorded, or about to be, and not handed on yet: a slow disk may take seconds. */
  readonly #deciding = new Set<string>()
  readonly #held = new Map<string, Uint8Array>()
  /** Verified actions that are not for this host, with their expiry: catch-up need not bring them again. */
  readonly #passed = new Map<string, number>()

  constructor(components: JudgeComponents) {
    this.#components = components
  }

  /** Never throws. */
  async take(envelope: Uint8Array): Promise<Judged> {
    let kind = 'unknown'
    try {
      kind = kindOf(decodeEnvelope(envelope).bytes)
      if (isActionKind(kind)) return await this.#action(envelope)
      if (kind === 'gumshoe/cancel/1') return await this.#cancel(envelope)
      if (kind === 'gumshoe/charter/1') return await this.#charter(envelope)
      return this.#turnAway(kind, 'unknown-kind', 'reject')
    } catch (error) {
      const code = codeOf(error)
      return this.#turnAway(kind, code, REJECTED.includes(code) ? 'reject' : 'ignore')
    }
  }

  /** Looks at what was held again: a charter came, or time went on. */
  async retryHeld(): Promise<void> {
    const held = [...this.#held.values()]
    this.#held.clear()
    for (const envelope of held) await this.take(envelope)
  }

  /** Whether what was accepted here may go on: by the charter of now (ADR 18). */
  again(envelope: Uint8Array): Promise<Verdict<Accepted>> {
    return gateAgain(envelope, this.#context())
  }

  /** True for what is recorded and will be run or refused in a moment: it is not left over. */
  isDeciding(id: string): boolean {
    return this.#deciding.has(id)
  }

  /** Ids that may still be open and that this host has judged. */
  known(now: number): string[] {
    for (const [id, expires] of this.#passed) if (expires + LIMITS.clockSkewMs < now) this.#passed.delete(id)
    return [...this.#components.memory.known(now), ...this.#passed.keys()]
  }

  async #action(envelope: Uint8Array): Promise<Judged> {
    const verdict = await gate(envelope, this.#context())
    const { accepted, refused, fetchCharters } = this.#components
    switch (verdict.kind) {
      case 'accept':
        accepted(verdict.value)
        this.#deciding.delete(verdict.value.id)
        return { gossip: 'accept', code: undefined }
      case 'refuse':
        refused(verdict.action, verdict.code)
        this.#deciding.delete(verdict.action.id)
        return { gossip: 'accept', code: verdict.code }
      case 'hold':
        this.#hold(envelope)
        if (verdict.code === 'charter-newer') fetchCharters()
        return { gossip: 'ignore', code: verdict.code }
      default:
        // What holds for every node is forwarded, whatever this host decides for itself.
        if (verdict.action !== undefined && verdict.kind === 'ignore') {
          if (verdict.code !== 'internal') this.#pass(verdict.action)
          return { gossip: 'accept', code: verdict.code }
        }
        if (verdict.code === 'known') return { gossip: 'ignore', code: verdict.code }
        return this.#turnAway('gumshoe/action/1', verdict.code, verdict.kind)
    }
  }

  async #cancel(envelope: Uint8Array): Promise<Judged> {
    const { action } = read(decodeEnvelope(envelope).bytes, 'gumshoe/cancel/1')
    // Gossip and each node bring it at one moment: it is obeyed, and stands in the ledger, once.
    return this.#cancels.take(action, () => this.#cancelOnce(action, envelope))
  }

  async #cancelOnce(action: string, envelope: Uint8Array): Promise<Judged> {
    const { chain, clock, memory, records, cancelled } = this.#components
    // Every catch-up brings them all again: those that we obey already cost no crypto.
    if (memory.isCancelled(action)) return { gossip: 'ignore', code: 'known' }
    const { document, person } = await verifyCancel(envelope, chain, clock.now())
    // Each is a synced write that is kept for weeks; catch-up brings it again when there is room.
    const now = clock.monotonic()
    const most = LIMITS.personCancelsPer10Min
    const taken =
      this.#cancelRates.take(person.name, most, now) &&
      this.#cancelDays.take(person.name, most * LIMITS.personWindowsPerDay, now)
    if (!taken) return { gossip: 'ignore', code: 'rate' }
    await memory.cancel(document, clock.now())
    records.add({ what: 'cancelled', action: document.action })
    cancelled(document.action)
    return { gossip: 'accept', code: undefined }
  }

  async #charter(envelope: Uint8Array): Promise<Judged> {
    const { chain, clock, records, charterTaken, fetchCharters } = this.#components
    try {
      if ((await chain.accept(envelope, clock.now())) === 'known') return { gossip: 'ignore', code: 'known' }
    } catch (error) {
      if (codeOf(error) === 'charter-newer') fetchCharters()
      throw error
    }
    records.add({ what: 'charter', version: chain.current.charter.version })
    await charterTaken()
    await this.retryHeld()
    return { gossip: 'accept', code: undefined }
  }

  #turnAway(kind: string, code: ErrorCode, gossip: GossipVerdict): Judged {
    this.#components.records.add({ what: 'turned-away', kind, code })
    return { gossip, code }
  }

  /** By the envelope and not by the action: a broken copy must not stand in for the true one (threats.md, T23). */
  #hold(envelope: Uint8Array): void {
    if (this.#held.size >= LIMITS.held) this.#held.delete(this.#held.keys().next().value!)
    this.#held.set(toHex(sha256(envelope)), envelope)
  }

  #pass({ id, action }: VerifiedAction): void {
    if (this.#passed.size >= LIMITS.seenIds) this.#passed.delete(this.#passed.keys().next().value!)
    this.#passed.set(id, parseTime(action.expires))
  }

  /** The run record and its line in the ledger, before anything runs or is answered. */
  async #record(verified: VerifiedAction, decision: Decision): Promise<void> {
    const { memory, ledger } = this.#components
    const { purpose } = verified.action
    const entry = ledger.entry(
      decision === 'run'
        ? { what: 'run', ...askedOf(verified), ...(purpose && { purpose }) }
        : { what: 'refused', ...askedOf(verified), code: decision }
    )
    this.#deciding.add(verified.id)
    try {
      await memory.record(verified, decision, entry.write)
      await entry.done()
    } catch (error) {
      this.#deciding.delete(verified.id)
      throw error
    }
  }

  /**
   * Nothing that one person signs fills the disk: beyond the rate so many are answered `rate`, which takes a record and a
   * sealed answer each, and then no more (threats.md, T5). Nodes refuse them before, and tell the asker.
   */
  #takeFromRate(person: string, contentChecks: number): boolean {
    const { chain, clock, memory } = this.#components
    const most = chain.current.charter.policy.personActionsPer10Min
    const now = clock.monotonic()
    const taken =
      memory.unfinished(person) < LIMITS.personUnfinished &&
      this.#rates.take(person, most, now) &&
      this.#dayRates.take(person, most * LIMITS.personWindowsPerDay, now) &&
      this.#checksOfDay.take(person, LIMITS.personContentChecksPerDay, now, contentChecks)
    if (!taken && !this.#rateAnswers.take(person, LIMITS.rateAnswersPer10Min, now))
      throw new Stop('ignore', 'rate')
    return taken
  }

  #context(): GateContext {
    const { clock, chain, memory, settings, self } = this.#components
    return {
      now: clock.now(),
      chain,
      seen: this.#seen,
      self: self(),
      settings,
      modules: MODULE_MAP,
      contentChecks: contentChecksOf,
      floor: memory.floor,
      decided: id => memory.decided(id),
      cancelled: id => memory.isCancelled(id),
      takeFromRate: (person, checks) => this.#takeFromRate(person, checks),
      record: (action, decision) => this.#record(action, decision)
    }
  }
}

const askedOf = ({ id, action, signers }: VerifiedAction) => ({
  action: id,
  persons: signers.map(({ person }) => person.name),
  modules: action.operations.map(({ module }) => module),
  disclosure: action.disclosure
})
