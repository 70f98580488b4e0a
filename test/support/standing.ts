import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Continuing } from '../../agent/continuing.ts'
import { Ledger } from '../../agent/ledger.ts'
import { Records } from '../../agent/records.ts'
import { Replies } from '../../agent/reply.ts'
import { Runner } from '../../agent/runner.ts'
import { finishUnfinished } from '../../agent/unfinished.ts'
import { defaultPolicy } from '../../console/admin/default-policy.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { toBase64 } from '../../src/codec.ts'
import type { Action } from '../../src/documents/action.ts'
import type { AnswerHeader } from '../../src/documents/answer.ts'
import { type AnswerBody, decodeBody, joinStanding } from '../../src/documents/body.ts'
import { fswatch } from '../../src/modules/fswatch.ts'
import { MODULES } from '../../src/modules/index.ts'
import { moduleId } from '../../src/modules/spec.ts'
import { gate, gateAgain } from '../../src/trust/gate.ts'
import type { GateContext, HostSettings } from '../../src/trust/gate-context.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import type { Accepted } from '../../src/trust/permit.ts'
import { gateModule } from '../../src/trust/policy.ts'
import { openAnswer } from '../../src/trust/seal.ts'
import { verifyHeader } from '../../src/trust/verify-machine.ts'
import { TestMemory, temporary } from './agent-parts.ts'
import { TestHost } from './host.ts'
import { AGENT_LAUNCHER } from './launchers.ts'
import { makeTestMesh, NOW, type TestMesh, testClock } from './mesh.ts'

const GATE_MODULES = new Map(MODULES.map(spec => [moduleId(spec), gateModule(spec)]))

/** A mesh whose policy has all modules. */
export const standingMesh = (): Promise<TestMesh> => makeTestMesh({ policy: defaultPolicy(MODULES) })

/** What is asked of everything below /etc, so many ms long from NOW. */
export const watchEtc = (more: Record<string, unknown> = {}, expires = NOW + 3_600_000): Partial<Action> => ({
  operations: [
    {
      id: 'o1',
      module: 'fswatch/1',
      params: fswatch.fromFlags({ recursive: ['/etc'], ...more }, NOW) as Record<string, unknown>
    }
  ],
  expires: `${new Date(expires).toISOString().slice(0, 19)}Z`,
  disclosure: 'clear',
  note: toBase64(new Uint8Array(64))
})

export interface ToldPart {
  readonly header: AnswerHeader
  readonly body: AnswerBody
}

/** One host with a root of its own, on which questions stand: with all that an agent has, but for a mesh. */
export class StandingHost {
  readonly root: string
  readonly memory: TestMemory
  readonly mesh: TestMesh
  readonly #entry: string
  readonly #host: TestHost
  readonly #identity = makeIdentity()
  readonly #records: Records
  readonly #key: Uint8Array
  replies!: Replies
  runner!: Runner
  continuing!: Continuing
  /** How far the clock of the host has gone on by itself. */
  shift = 0
  settings: HostSettings = { modulesOff: [], disclosuresOff: [], limits: {} }

  private constructor(t: TestContext, mesh: TestMesh, memory: TestMemory, entry: string) {
    this.mesh = mesh
    this.memory = memory
    this.#entry = entry
    this.root = temporary(t)
    mkdirSync(join(this.root, 'etc'))
    this.#host = new TestHost(mesh, { modules: GATE_MODULES })
    this.#key = mesh.inventory.privateKey
    this.#records = new Records(join(temporary(t), 'records.jsonl'), testClock)
  }

  static async open(t: TestContext, mesh: TestMesh, entry = AGENT_LAUNCHER): Promise<StandingHost> {
    const host = new StandingHost(t, mesh, await TestMemory.open(t), entry)
    host.#start()
    t.after(() => host.runner.stop())
    return host
  }

  /** What the gate of this host accepts. */
  async accept(change: Partial<Action>, ...names: string[]): Promise<Accepted> {
    const { raw } = await this.mesh.signAction(change, ...(names.length > 0 ? names : ['julien']))
    const verdict = await gate(raw, this.#context())
    if (verdict.kind !== 'accept') throw new Error(`The gate says ${verdict.kind} ${verdict.code}.`)
    return verdict.value
  }

  /** Ends this life of the agent and begins another: by the parts that a start has. */
  async restart(between: () => unknown = () => undefined): Promise<void> {
    await this.runner.stop()
    await between()
    await this.memory.restart()
    this.#start()
    await finishUnfinished(this.memory.memory.decidedIds(), {
      memory: this.memory.memory,
      replies: this.replies,
      isActive: id => this.continuing.isActive(id),
      goOn: envelope => this.continuing.goOn(envelope),
      log: () => undefined
    })
  }

  /** All parts that have left or wait to leave, in the order of the chain. */
  async parts(): Promise<ToldPart[]> {
    const { outgoing } = this.memory.memory
    const parcels = await Promise.all(outgoing.marks().map(({ seq }) => outgoing.parcel(seq)))
    return parcels.map(parcel => {
      const { document: header } = verifyHeader(parcel!.envelope, this.mesh.mesh)
      return { header, body: decodeBody(openAnswer(this.#key, header, parcel!.body!)) }
    })
  }

  /** `created /etc/a`, … of all parts. */
  async changes(): Promise<string[]> {
    const parts = await this.parts()
    if (parts.length === 0) return []
    return joinStanding(parts.map(({ body }) => body)).rows.map(row =>
      [
        row['change'],
        Buffer.from(row['path'] as Uint8Array).toString(),
        ...(row['while-down'] ? ['while-down'] : [])
      ].join(' ')
    )
  }

  #start(): void {
    const { memory, database } = this.memory
    this.replies = new Replies({
      ...{ clock: testClock, chain: this.mesh.chain, identity: this.#identity, memory },
      ledger: new Ledger(database, this.#records, testClock),
      deliver: () => undefined
    })
    const clock: Clock = { ...systemClock, now: () => NOW + this.shift }
    this.runner = new Runner({
      ...{ clock, memory, root: this.root, entry: this.#entry },
      replies: this.replies,
      attachments: { read: async () => new Map(), release: async () => undefined },
      charter: () => this.mesh.chain.current.charter,
      log: () => undefined
    })
    const again = (envelope: Uint8Array) => gateAgain(envelope, this.#context())
    this.continuing = new Continuing({ again }, this.runner, memory, {
      before: async (accepted, runner) => runner.take(accepted),
      gather: async accepted => accepted
    })
  }

  #context(): GateContext {
    const { memory } = this.memory
    return this.#host.context({
      now: NOW + this.shift,
      settings: this.settings,
      decided: id => memory.decided(id),
      cancelled: id => memory.isCancelled(id),
      record: (action, decision) => memory.record(action, decision)
    })
  }
}
