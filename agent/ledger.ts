import type { Clock } from '../src/clock.ts'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import type { Database, Write } from '../src/store/database.ts'
import { type Event, lineOf, type Recorded, type Records } from './records.ts'

const SHELF = 'ledger'

/** An event that is to be true together with what it tells. */
export interface Entry {
  /** Goes into the same write as what the event tells. */
  readonly write: Write
  /** After that write: the line is written, and the store needs it no longer. */
  done(): void
}

/**
 * The ledger's lines and the store agree, whenever the process is killed: an event is kept in the store by the same write
 * as what it tells, until its line stands in the file; what was left between the two is written at the next start.
 */
export class Ledger {
  readonly #database: Database
  readonly #records: Records
  readonly #clock: Clock
  #next = 0

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
      done: () => {
        this.#records.write(recorded)
        // Where this is lost, the next start finds the line in its place.
        this.#database.write([{ shelf: SHELF, key }], { sync: false }).catch(() => undefined)
      }
    }
  }

  /** Writes what a crash left out, given what stands in the file. */
  async recover(events: readonly Recorded[]): Promise<void> {
    const there = new Set(events.map(lineOf))
    const over: Write[] = []
    for await (const { key, value } of this.#database.entries(SHELF)) {
      over.push({ shelf: SHELF, key })
      const line = value === undefined ? undefined : (decodeCbor(value) as string)
      if (line !== undefined && !there.has(line)) this.#records.write(JSON.parse(line) as Recorded)
    }
    if (over.length > 0) await this.#database.write(over, { sync: false })
  }
}
