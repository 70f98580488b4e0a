import { type Clock, parseTime } from '../src/clock.ts'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import type { Cancel, Operation } from '../src/documents/action.ts'
import { attachmentsOf } from '../src/documents/attachment.ts'
import { LIMITS } from '../src/limits.ts'
import type { Database, Write } from '../src/store/database.ts'
import type { Decision } from '../src/trust/gate-context.ts'
import type { VerifiedAction } from '../src/trust/permit.ts'
import { operationsIn, sketchOf } from './asked.ts'
import { AtRest } from './at-rest.ts'
import { Openings } from './openings.ts'
import { type Out, Outgoing } from './outgoing.ts'
import {
  type AnswerRecord,
  forgotten,
  type Head,
  NEVER,
  type PartRecord,
  type RunRecord,
  STATE,
  stateWrite,
  type Told
} from './run-record.ts'
import { StandingState } from './standing-state.ts'

/**
 * What an agent must not forget: run records (written with sync before a run), its chain's head with what waits to leave,
 * openings, cancels and the floor. Records are in memory too, small by nature; parcels and openings are not.
 */
export class Memory {
  readonly outgoing: Outgoing
  readonly openings: Openings
  /** What standing operations remember of this host. */
  readonly state: StandingState
  readonly #database: Database
  readonly #runs = new Map<string, RunRecord>()
  /** Ids whose envelope is kept, and whether something of them is still to be answered. */
  readonly #whole = new Map<string, 'open' | 'answered'>()
  readonly #cancels = new Map<string, number>()
  #head: Head | undefined
  #floor = 0
  #counter = 0

  private constructor(database: Database, key: Uint8Array, outgoing: Outgoing) {
    this.#database = database
    this.openings = new Openings(database, key)
    this.state = new StandingState(database, new AtRest(key))
    this.outgoing = outgoing
  }

  static async open(database: Database, key: Uint8Array): Promise<Memory> {
    const memory = new Memory(database, key, await Outgoing.open(database))
    // A damaged record still says that the action was decided here.
    for await (const { key, value } of database.entries('run'))
      memory.#hold(key, value === undefined ? forgotten(NEVER) : (decodeCbor(value) as RunRecord))
    for await (const { key, value } of database.entries('cancel'))
      memory.#cancels.set(key, value === undefined ? NEVER : (decodeCbor(value) as number))
    for await (const { key, value } of database.entries(STATE)) {
      if (value === undefined) continue
      if (key === 'head') memory.#head = decodeCbor(value) as Head
      if (key === 'floor') memory.#floor = decodeCbor(value) as number
      if (key === 'counter') memory.#counter = decodeCbor(value) as number
    }
    return memory
  }

  /** The last place of the own chain. */
  get head(): Head | undefined {
    return this.#head
  }

  /** Everything that expires at or below it (ms) never runs. */
  get floor(): number {
    return this.#floor
  }

  decided(id: string): Decision | undefined {
    return this.#runs.get(id)?.decision
  }

  /** Undefined where nobody can say: it is not over, or found nothing and did not see everything. */
  found(id: string): boolean | undefined {
    const record = this.#runs.get(id)
    const { ended = {}, standing = {}, unsure = [] } = record ?? {}
    if (Object.values(ended).some(found => found) || Object.values(standing).some(({ rows }) => rows > 0))
      return true
    if (record?.decision !== 'run') return false
    const open = this.operations(id)?.some(
      ({ id: op }) => !Object.hasOwn(ended, op) && !Object.hasOwn(standing, op)
    )
    return unsure.length > 0 || open || record.elsewhere ? undefined : false
  }

  /** Undefined while it runs. */
  answered(id: string): boolean | undefined {
    const record = this.#runs.get(id)
    const { ended = {}, standing = {} } = record ?? {}
    if (Object.keys(ended).length + Object.keys(standing).length > 0) return true
    return record?.decision === 'run' ? undefined : false
  }

  /** What a standing operation has told so far; undefined before its first part. */
  told(id: string, op: string): Told | undefined {
    const standing = this.#runs.get(id)?.standing ?? {}
    return Object.hasOwn(standing, op) ? standing[op] : undefined
  }

  /** What the action asked, in short where it is over; undefined where it is not known here. */
  operations(id: string): readonly Operation[] | undefined {
    const envelope = this.envelope(id)
    return this.#runs.get(id)?.asked ?? (envelope && operationsIn(envelope))
  }

  /** How many actions of this person are decided and not answered to their end. */
  unfinished(person: string): number {
    let count = 0
    for (const [id, state] of this.#whole)
      if (state === 'open' && this.#runs.get(id)!.persons?.includes(person)) count++
    return count
  }

  /** The action as received; undefined where it is not here, or no longer. */
  envelope(id: string): Uint8Array | undefined {
    const envelope = this.#runs.get(id)?.envelope
    return envelope?.length ? envelope : undefined
  }

  /** Everything that was decided here and is remembered. */
  decidedIds(): string[] {
    return [...this.#runs.keys()]
  }

  isEnded(id: string, op: string): boolean {
    const record = this.#runs.get(id)
    return record?.elsewhere === true || Object.hasOwn(record?.ended ?? {}, op)
  }

  /** Ids of what may still be open and need not be brought. */
  known(now: number): string[] {
    return [...this.#runs].filter(([, { expires }]) => expires + LIMITS.clockSkewMs >= now).map(([id]) => id)
  }

  isCancelled(id: string): boolean {
    return this.#cancels.has(id)
  }

  /** Writes the run record with sync, and whatever is to be true with it. */
  async record(
    { id, action, envelope, signers }: VerifiedAction,
    decision: Decision,
    ...also: Write[]
  ): Promise<void> {
    const record = {
      decision,
      expires: parseTime(action.expires),
      envelope,
      ...(decision === 'run' && attachmentsOf(action).length > 0 && { waits: true as const }),
      persons: signers.map(({ person }) => person.name),
      asked: sketchOf(action.operations),
      ended: {}
    }
    await this.#keep(id, record, also)
  }

  /** True while nothing of it has begun: then it may be taken up by a later life of this host. */
  waits(id: string): boolean {
    return this.#runs.get(id)?.waits === true && !this.#runs.get(id)!.elsewhere
  }

  /** Before anything of it runs, with sync: from here on it is never begun again. */
  async begin(id: string): Promise<void> {
    const { waits, ...record } = this.#runs.get(id)!
    if (waits) await this.#keep(id, record)
  }

  /** Takes an action as run and answered that this host has forgotten: a snapshot was restored, or the store was lost. */
  async recordElsewhere(id: string): Promise<void> {
    const known = this.#runs.get(id)
    if (known?.elsewhere !== true) await this.#keep(id, { ...(known ?? forgotten(NEVER)), elsewhere: true })
  }

  async cancel({ action }: Cancel, now: number): Promise<void> {
    await this.#database.write([{ shelf: 'cancel', key: action, value: encodeCbor(now) }], { sync: true })
    this.#cancels.set(action, now)
  }

  /** Writes the parts of an operation's answer, its end, its openings and the new head, with sync: only then may they leave. */
  async answer({ action, op, found, parts, openings, until }: AnswerRecord, ...also: Write[]): Promise<void> {
    const before = this.#runs.get(action)!
    const ended = { ...before.ended, [op]: found === true }
    const unsure = found === undefined && { unsure: [...(before.unsure ?? []), op] }
    const record: RunRecord = { ...before, ended, ...unsure }
    const forgotten = this.told(action, op) === undefined ? [] : await this.state.forget(action, op)
    const kept = this.openings.write(action, op, openings, until)
    await this.#sent(action, record, parts, [...kept, ...forgotten, ...also])
  }

  /** Writes one part of an operation that goes on, with what it remembers, with sync: nothing is told twice, and nothing lost. */
  async part({ action, op, out, told, openings, until }: PartRecord, ...also: Write[]): Promise<void> {
    const before = this.#runs.get(action)!
    const record: RunRecord = { ...before, standing: { ...before.standing, [op]: told } }
    const kept = this.openings.write(action, op, openings, until, told.parts)
    await this.#sent(action, record, [out], [...kept, ...also])
  }

  async #sent(
    action: string,
    record: RunRecord,
    parts: readonly Out[],
    also: readonly Write[]
  ): Promise<void> {
    const { seq, id } = parts.at(-1)!
    const writes = [
      { shelf: 'run', key: action, value: encodeCbor(record) },
      ...parts.map(part => this.outgoing.write(part)),
      stateWrite('head', { seq, id }),
      ...also
    ]
    await this.#database.write(writes, { sync: true })
    this.#hold(action, record)
    for (const part of parts) this.outgoing.added(part)
    this.#head = { seq, id }
  }

  /** The next counter of a presence; it only goes up, over restarts. */
  async nextCounter(clock: Clock): Promise<number> {
    this.#counter = Math.max(this.#counter + 1, clock.now())
    const counter = this.#counter
    await this.#database.write([stateWrite('counter', counter)], { sync: false })
    return counter
  }

  /** Goes on where a node says that the own chain ends. */
  async setHead(head: Head): Promise<void> {
    await this.#database.write([stateWrite('head', head)], { sync: true })
    this.#head = head
  }

  /** Forgets what is long over, after raising the floor below which nothing runs any more (threats.md, T11). */
  async purge(now: number): Promise<void> {
    await this.openings.purge(now)
    await this.#dropEnvelopes()
    const runs = [...this.#runs].filter(([, { expires }]) => expires + LIMITS.runRecordMs < now)
    const cancels = [...this.#cancels].filter(([, at]) => at + LIMITS.cancelMs < now)
    const floors = [
      ...runs.map(([, { expires }]) => expires),
      // What they may have named ends no later, by its asker's clock and ours.
      ...cancels.map(([, at]) => at + LIMITS.cancelMs - 2 * LIMITS.clockSkewMs)
    ]
    if (floors.length > 0) {
      this.#floor = floors.reduce((most, floor) => Math.max(most, floor), this.#floor)
      await this.#database.write([stateWrite('floor', this.#floor)], { sync: true })
    }
    const writes = [
      ...runs.map(([key]) => ({ shelf: 'run', key })),
      ...cancels.map(([key]) => ({ shelf: 'cancel', key }))
    ]
    if (writes.length > 0) await this.#database.write(writes, { sync: false })
    for (const [id] of runs) {
      this.#runs.delete(id)
      this.#whole.delete(id)
    }
    for (const [id] of cancels) this.#cancels.delete(id)
  }

  async #keep(id: string, record: RunRecord, also: readonly Write[] = []): Promise<void> {
    const write = { shelf: 'run', key: id, value: encodeCbor(record) }
    await this.#database.write([write, ...also], { sync: true })
    this.#hold(id, record)
  }

  #hold(id: string, record: RunRecord): void {
    this.#runs.set(id, record)
    // Deleted first: it is in the order in which they were answered.
    this.#whole.delete(id)
    if (record.envelope.length === 0) return
    const isOpen = this.operations(id)!.some(({ id: op }) => !this.isEnded(id, op))
    this.#whole.set(id, isOpen ? 'open' : 'answered')
  }

  /** Of what is answered and out, only the record is left; of what waits for a node, so much as fits. */
  async #dropEnvelopes(): Promise<void> {
    const waiting = new Set(this.outgoing.marks().map(({ action }) => action))
    const answered = [...this.#whole].filter(([, state]) => state === 'answered').map(([id]) => id)
    const over: [string, RunRecord][] = []
    let room = LIMITS.answeredActionBytes
    for (const id of answered.reverse()) {
      const record = this.#runs.get(id)!
      if (waiting.has(id)) room -= record.envelope.length
      if (waiting.has(id) && room >= 0) continue
      over.push([id, { ...record, asked: this.operations(id)!, envelope: new Uint8Array() }])
    }
    if (over.length === 0) return
    const writes = over.map(([key, record]) => ({ shelf: 'run', key, value: encodeCbor(record) }))
    await this.#database.write(writes, { sync: false })
    for (const [id, record] of over) this.#hold(id, record)
  }
}
