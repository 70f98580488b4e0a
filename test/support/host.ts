import type { Operation } from '../../src/documents/action.ts'
import type { RunLimits } from '../../src/documents/charter.ts'
import type { TargetHost } from '../../src/documents/facts.ts'
import { GumshoeError } from '../../src/errors.ts'
import { gate } from '../../src/trust/gate.ts'
import type {
  Decision,
  GateContext,
  GateModule,
  HostSettings,
  Verdict
} from '../../src/trust/gate-context.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { type Accepted, assertPermit } from '../../src/trust/permit.ts'
import { PersonRates } from '../../src/trust/person-rates.ts'
import { verifyDetached } from '../../src/trust/pgp.ts'
import { Seen } from '../../src/trust/seen.ts'
import type { Verify } from '../../src/trust/signers.ts'
import { NOW, type TestMesh } from './mesh.ts'

const limits = (factor: number): Required<RunLimits> => ({
  wallMs: 10_000 * factor,
  cpuMs: 5_000 * factor,
  memoryMiB: 128 * factor,
  rows: 100 * factor,
  outputBytes: 1_000_000 * factor,
  readBytes: 1_000_000 * factor,
  entries: 1_000 * factor
})

/** A module that takes `{ ask: text }`. */
export const testModule: GateModule = {
  risk: 'inspect',
  limits: { defaults: limits(1), most: limits(2) },
  check: params => {
    if (typeof (params as { ask?: unknown }).ask !== 'string')
      throw new GumshoeError('bad-params', 'The parameter ask is missing.')
  }
}

export const TEST_MODULES: ReadonlyMap<string, GateModule> = new Map(
  ['file/1', 'memory/1', 'kill/1'].map(name => [name, testModule])
)

/** What the test module says of itself: as many as the parameters say. */
export const testChecks = (operations: readonly Operation[]): number =>
  operations.reduce((sum, { params }) => sum + Number(params['checks'] ?? 0), 0)

export const NO_SETTINGS: HostSettings = { modulesOff: [], disclosuresOff: [], limits: {} }

export interface TestHostInit {
  readonly self?: Partial<TargetHost>
  readonly settings?: Partial<HostSettings>
  readonly modules?: ReadonlyMap<string, GateModule>
  readonly verify?: Verify
  /** What its run records hold from an earlier life. */
  readonly records?: Iterable<readonly [string, Decision]>
  readonly floor?: number
}

/** A host of a test mesh with the gate as its only door: it counts what runs, what is verified and what is forwarded. */
export class TestHost {
  readonly mesh: TestMesh
  readonly self: TargetHost
  readonly settings: HostSettings
  readonly modules: ReadonlyMap<string, GateModule>
  readonly records: Map<string, Decision>
  readonly cancelled = new Set<string>()
  readonly rates = new PersonRates()
  /** Ids in the order in which they ran. */
  readonly ran: string[] = []
  verifications = 0
  forwarded = 0
  now = NOW
  floor: number
  seen = new Seen()
  readonly #verify: Verify

  constructor(mesh: TestMesh, init: TestHostInit = {}) {
    this.mesh = mesh
    this.self = { peer: makeIdentity().peer, tags: ['env=prod', 'role=web'], ...init.self }
    this.settings = { ...NO_SETTINGS, ...init.settings }
    this.modules = init.modules ?? TEST_MODULES
    this.records = new Map(init.records)
    this.floor = init.floor ?? 0
    this.#verify = init.verify ?? verifyDetached
  }

  context(change: Partial<GateContext> = {}): GateContext {
    return {
      now: this.now,
      chain: this.mesh.chain,
      seen: this.seen,
      self: this.self,
      settings: this.settings,
      modules: this.modules,
      contentChecks: testChecks,
      floor: this.floor,
      verify: (...what) => {
        this.verifications++
        return this.#verify(...what)
      },
      decided: id => this.records.get(id),
      cancelled: id => this.cancelled.has(id),
      takeFromRate: person =>
        this.rates.take(person, this.mesh.charter.policy.personActionsPer10Min, this.now),
      record: async ({ id }, decision) => {
        // A disk is not immediate: whatever comes meanwhile must not get through.
        await new Promise(setImmediate)
        this.records.set(id, decision)
      },
      ...change
    }
  }

  /** Offers an envelope as gossip or catch-up would, and runs what the gate accepts. */
  async offer(raw: Uint8Array, change: Partial<GateContext> = {}): Promise<Verdict<Accepted>> {
    const verdict = await gate(raw, this.context(change))
    if (verdict.action !== undefined) this.forwarded++
    if (verdict.kind === 'accept') {
      for (const { operation } of verdict.value.operations) assertPermit(verdict.value, operation)
      this.ran.push(verdict.value.id)
    }
    return verdict
  }

  /** The same in short: `accept`, or kind and code. */
  async say(raw: Uint8Array, change: Partial<GateContext> = {}): Promise<string> {
    const verdict = await this.offer(raw, change)
    return verdict.kind === 'accept' ? 'accept' : `${verdict.kind} ${verdict.code}`
  }

  /** After a kill: what was in memory is gone, the records are there. */
  restart(): void {
    this.seen = new Seen()
  }
}
