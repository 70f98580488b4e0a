import { decodeCbor, encodeCbor } from '../src/codec.ts'
import type { Database, Write } from '../src/store/database.ts'
import type { Opening } from '../src/trust/commit.ts'
import { decodeOpenings, encodeOpenings } from '../src/trust/reveal.ts'
import { AtRest } from './at-rest.ts'

const SHELF = 'openings'
/** Comes behind the last digit: up to here are the keys that begin with those of one operation. */
const BEHIND = ':'

/** What this host committed to and may be asked to reveal: encrypted at rest, kept for the charter's term. */
export class Openings {
  readonly #database: Database
  readonly #rest: AtRest

  constructor(database: Database, key: Uint8Array) {
    this.#database = database
    this.#rest = new AtRest(key)
  }

  /** The write that keeps the openings of one operation, or of one part of a standing one, until a moment; none where there is nothing to open. */
  write(action: string, op: string, openings: readonly Opening[], until: number, part?: number): Write[] {
    if (openings.length === 0) return []
    const value = encodeCbor([until, this.#rest.encrypt(encodeOpenings(openings))])
    return [{ shelf: SHELF, key: `${action}/${op}${part === undefined ? '' : `/${part}`}`, value }]
  }

  /** Empty where there are none. Throws `store-damaged`. */
  async read(action: string, op: string): Promise<Opening[]> {
    const key = `${action}/${op}`
    const whole = await this.#database.get(SHELF, key)
    const all = whole === undefined ? [] : this.#open(whole)
    for (const part of await this.#database.keys(SHELF, { from: `${key}/`, to: `${key}/${BEHIND}` })) {
      const value = await this.#database.get(SHELF, part)
      if (value !== undefined) all.push(...this.#open(value))
    }
    return all
  }

  #open(value: Uint8Array): Opening[] {
    const [, box] = decodeCbor(value) as [number, Uint8Array]
    return decodeOpenings(this.#rest.decrypt(box))
  }

  /** Forgets those whose time is over, and those that are damaged. */
  async purge(now: number): Promise<void> {
    const over: Write[] = []
    for await (const { key, value } of this.#database.entries(SHELF)) {
      const until = value === undefined ? 0 : (decodeCbor(value) as [number])[0]
      if (until < now) over.push({ shelf: SHELF, key })
    }
    if (over.length > 0) await this.#database.write(over, { sync: false })
  }
}
