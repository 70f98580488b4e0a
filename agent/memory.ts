import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { type Clock, parseTime } from '../src/clock.ts'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import type { Cancel } from '../src/documents/action.ts'
import { LIMITS } from '../src/limits.ts'
import type { Parcel } from '../src/mesh/sync/ports.ts'
import type { Database, Write } from '../src/store/database.ts'
import type { Opening } from '../src/trust/commit.ts'
import type { Decision } from '../src/trust/gate-context.ts'
import type { VerifiedAction } from '../src/trust/permit.ts'
import { decodeOpenings, encodeOpenings } from '../src/trust/reveal.ts'

/** What is remembered of an action: what was decided, how its operations ended. */
export interface RunRecord {
  readonly decision: Decision
  readonly expires: number
  /** The envelope, so that an interrupted run can be answered after a restart. */
  readonly envelope: Uint8Array
  /** By operation: did it find something? Present once it was answered. */
  readonly ended: Readonly<Record<string, boolean>>
}

export interface OutRecord {
  readonly id: string
  readonly action: string
  readonly seq: number
  readonly parcel: Parcel
  /** Nodes whose receipt we hold. */
  readonly receipts: readonly string[]
}

export interface Head {
  readonly seq: number
  readonly id: string
}

const padded = (seq: number): string => String(seq).padStart(16, '0')

/**
 * What an agent must not forget: run records (written with sync before a run), its answers until two nodes hold them, its
 * chain's head, openings (encrypted), cancels and the floor. Loaded into memory at start; small by nature.
 */
export class Memory {
  readonly #database: Database
  readonly #openingsKey: Uint8Array
  readonly #runs = new Map<string, RunRecord>()
  readonly #cancels = new Map<string, number>()
  readonly #out = new Map<number, OutRecord>()
  head: Head | undefined
  floor = 0
  #counter = 0

  private constructor(database: Database, openingsKey: Uint8Array) {
    this.#database = database
    this.#openingsKey = openingsKey
  }

  static async open(database: Database, openingsKey: Uint8Array): Promise<Memory> {
    const memory = new Memory(database, openingsKey)
    for await (const { key, value } of database.entries('run'))
      if (value) memory.#runs.set(key, decodeCbor(value) as RunRecord)
    for await (const { key, value } of database.entries('cancel'))
      if (value) memory.#cancels.set(key, decodeCbor(value) as number)
    for await (const { key, value } of database.entries('out'))
      if (value) memory.#out.set(Number(key), decodeCbor(value) as OutRecord)
    const state = await database.get('state', 'agent')
    if (state) {
      const { head, floor, counter } = decodeCbor(state) as { head?: Head; floor: number; counter: number }
      memory.head = head
      memory.floor = floor
      memory.#counter = counter
    }
    return memory
  }

  decided(id: string): Decision | undefined {
    return this.#runs.get(id)?.decision
  }

  found(id: string): boolean {
    return Object.values(this.#runs.get(id)?.ended ?? {}).some(found => found)
  }

  answered(id: string): boolean {
    return Object.keys(this.#runs.get(id)?.ended ?? {}).length > 0
  }

  ended(id: string): Readonly<Record<string, boolean>> {
    return this.#runs.get(id)?.ended ?? {}
  }

  /** Actions that were begun (or refused) and not answered to the end: what a crash left. */
  unfinished(): [string, RunRecord][] {
    return [...this.#runs].filter(
      ([, record]) => Object.keys(record.ended).length === 0 || record.decision === 'run'
    )
  }

  /** The envelope of an action that was decided here, while its record is kept. */
  envelopeOf(id: string): Uint8Array | undefined {
    const envelope = this.#runs.get(id)?.envelope
    return envelope !== undefined && envelope.length > 0 ? envelope : undefined
  }

  /** Ids that catch-up need not bring. */
  known(): string[] {
    return [...this.#runs.keys()]
  }

  isCancelled(id: string): boolean {
    return this.#cancels.has(id)
  }

  async record({ id, action, envelope }: VerifiedAction, decision: Decision): Promise<void> {
    const record: RunRecord = { decision, expires: parseTime(action.expires), envelope, ended: {} }
    await this.#database.write([{ shelf: 'run', key: id, value: encodeCbor(record) }], { sync: true })
    this.#runs.set(id, record)
  }

  /** Takes an action as run that a restored snapshot has forgotten: it will not run again, nor be answered again. */
  async recordElsewhere(id: string): Promise<void> {
    const record: RunRecord = {
      decision: 'run',
      expires: Number.MAX_SAFE_INTEGER - LIMITS.runRecordMs,
      envelope: new Uint8Array(),
      ended: { elsewhere: false }
    }
    await this.#database.write([{ shelf: 'run', key: id, value: encodeCbor(record) }], { sync: true })
    this.#runs.set(id, record)
  }

  async cancel({ action }: Cancel, now: number): Promise<void> {
    await this.#database.write([{ shelf: 'cancel', key: action, value: encodeCbor(now) }], { sync: true })
    this.#cancels.set(action, now)
  }

  /** Writes the parts of an operation's answer, its end and the new head, with sync: only then may they leave. */
  async answer(
    action: string,
    op: string,
    found: boolean,
    parts: readonly OutRecord[],
    openings: readonly Opening[]
  ): Promise<void> {
    const before = this.#runs.get(action)!
    const record: RunRecord = { ...before, ended: { ...before.ended, [op]: found } }
    const last = parts.at(-1)!
    const writes: Write[] = [
      { shelf: 'run', key: action, value: encodeCbor(record) },
      ...parts.map(part => ({ shelf: 'out', key: padded(part.seq), value: encodeCbor(part) })),
      this.#state({ head: { seq: last.seq, id: last.id } })
    ]
    if (openings.length > 0)
      writes.push({
        shelf: 'openings',
        key: `${action}/${op}`,
        value: this.#encrypt(encodeOpenings(openings))
      })
    await this.#database.write(writes, { sync: true })
    this.#runs.set(action, record)
    for (const part of parts) this.#out.set(part.seq, part)
    this.head = { seq: last.seq, id: last.id }
  }

  async openings(action: string, op: string): Promise<Opening[]> {
    const box = await this.#database.get('openings', `${action}/${op}`)
    return box === undefined ? [] : decodeOpenings(this.#decrypt(box))
  }

  outbox(): OutRecord[] {
    return [...this.#out.values()].sort((a, b) => a.seq - b.seq)
  }

  /** One more node holds an answer; with enough of them it leaves the outbox. */
  async receipt(seq: number, node: string, enough: number): Promise<OutRecord | undefined> {
    const out = this.#out.get(seq)
    if (out === undefined || out.receipts.includes(node)) return out
    const receipts = [...out.receipts, node]
    const next = { ...out, receipts }
    if (receipts.length >= enough) {
      await this.#database.write([{ shelf: 'out', key: padded(seq) }], { sync: false })
      this.#out.delete(seq)
    } else {
      await this.#database.write([{ shelf: 'out', key: padded(seq), value: encodeCbor(next) }], {
        sync: false
      })
      this.#out.set(seq, next)
    }
    return next
  }

  /** The next counter of a presence; it only goes up, over restarts. */
  async nextCounter(clock: Clock): Promise<number> {
    this.#counter = Math.max(this.#counter + 1, clock.now())
    await this.#database.write([this.#state({})], { sync: false })
    return this.#counter
  }

  async setHead(head: Head): Promise<void> {
    this.head = head
    await this.#database.write([this.#state({ head })], { sync: true })
  }

  /** Forgets run records that are long over, after raising the floor below which nothing runs any more (T11). */
  async purge(now: number): Promise<void> {
    const old = [...this.#runs].filter(([, { expires }]) => expires + LIMITS.runRecordMs < now)
    if (old.length === 0) return
    this.floor = Math.max(this.floor, ...old.map(([, { expires }]) => expires))
    await this.#database.write([this.#state({})], { sync: true })
    await this.#database.write(
      old.flatMap(([id, { ended }]) => [
        { shelf: 'run', key: id },
        ...Object.keys(ended).map(op => ({ shelf: 'openings', key: `${id}/${op}` }))
      ]),
      { sync: false }
    )
    for (const [id] of old) this.#runs.delete(id)
  }

  #state(change: { head?: Head }): Write {
    const head = change.head ?? this.head
    return {
      shelf: 'state',
      key: 'agent',
      value: encodeCbor({ ...(head && { head }), floor: this.floor, counter: this.#counter })
    }
  }

  #encrypt(plain: Uint8Array): Uint8Array {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#openingsKey, nonce)
    return new Uint8Array(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
  }

  #decrypt(box: Uint8Array): Uint8Array {
    const decipher = createDecipheriv('aes-256-gcm', this.#openingsKey, box.subarray(0, 12))
    decipher.setAuthTag(box.subarray(-16))
    return new Uint8Array(Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()]))
  }
}
