import type { Clock } from '../src/clock.ts'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import type { Database, Write } from '../src/store/database.ts'
import { type Event, lineOf, type Recorded, type Records } from './records.ts'

const SHELF = 'ledger'
/** Lines of so long share one sync of the file. */
const SYNC_MS = 1_000

/** An event that is to be true together with what it tells. */
export interface Entry {
  /** Goes into the same write as what the event tells. */
  readonly write: Write
  /** After that write: the line is written, and what is run is synced. */
  done(): Promise<void>
}

/**
 * The ledger's lines and the store agree, whenever the process is killed or the machine loses power: an event is kept in the
 * store by the same write as what it tells, until its line is synced in the file; what was left between the two is written
 * at the next start.
 */
export class Ledger {
  readonly #database: Database
  readonly #records: Records
  readonly #clock: Clock
  #next = 0
  /** Keys whose lines stand in the file, synced or not. */
  #written: string[] = []
  #syncing = false

  constructor(database: Database, records: Records, clock: Clock) {
    this.#database = database
    this.#records = records
    this.#clock = clock
  }

  entry(event: Event): Entry {
    const recorded: Recorded = { t: this.#clock.now(), ...event }
    const key = `${String(recorded.t).padStart(16, '0')}/${String(this.#next++).padStart(9, '0')}`
    return {
      write: { shelf: SHELF, key, value: encodeCbor(lineOf(recorded)) },
      done: async () => {
        const written = this.#records.write(recorded)
        this.#written.push(key)
        void this.#forgetSoon()
        await written
      }
    }
  }

  /** Where this is lost, the next start finds the line in its place. */
  async #forgetSoon(): Promise<void> {
    if (this.#syncing) return
    this.#syncing = true
    try {
      await this.#clock.sleep(SYNC_MS, undefined, true)
    } finally {
      this.#syncing = false
    }
    await this.settle().catch(() => undefined)
  }

  /** Syncs the lines, and has the store forget what they tell. Throws what the file or the store throws. */
  async settle(): Promise<void> {
    const keys = this.#written
    this.#written = []
    if (keys.length === 0) return
    const over: Write[] = keys.map(key => ({ shelf: SHELF, key }))
    try {
      await this.#records.sync()
      await this.#database.write(over, { sync: false })
    } catch (error) {
      this.#written.unshift(...keys)
      throw error
    }
  }

  /** Writes what a crash left out; `events` are what stands in the file, asked for where there is something to compare. */
  async recover(events: () => readonly Recorded[]): Promise<void> {
    let there: Set<string> | undefined
    for await (const { key, value } of this.#database.entries(SHELF)) {
      there ??= new Set(events().map(lineOf))
      this.#written.push(key)
      const line = value === undefined ? undefined : (decodeCbor(value) as string)
      if (line !== undefined && !there.has(line)) await this.#records.write(JSON.parse(line) as Recorded)
    }
    await this.settle()
  }
}
