import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import type { Clock } from '../src/clock.ts'

/** What happened with actions on this host, one JSON line each: the ledger of its owner, and what a history checker reads. */
export type Event =
  | {
      readonly what: 'run'
      readonly action: string
      readonly persons: readonly string[]
      readonly modules: readonly string[]
      readonly disclosure: string
      readonly purpose?: string
    }
  | {
      readonly what: 'refused'
      readonly action: string
      readonly persons: readonly string[]
      readonly modules: readonly string[]
      readonly disclosure: string
      readonly code: string
    }
  | {
      readonly what: 'answered'
      readonly action: string
      readonly op: string
      readonly state: string
      readonly verdict?: string
      readonly code?: string
      readonly rows: number
      readonly bytes: number
      readonly id: string
    }
  | { readonly what: 'delivered'; readonly action: string; readonly id: string; readonly nodes: number }
  | { readonly what: 'turned-away'; readonly kind: string; readonly code: string; readonly action?: string }
  | { readonly what: 'cancelled'; readonly action: string }
  | { readonly what: 'charter'; readonly version: number }
  | { readonly what: 'start' | 'stop' }

export type Recorded = Event & { readonly t: number }

/** A file is turned over at this size; the one before is kept. */
const TURN_BYTES = 16 << 20

export class Records {
  readonly #path: string
  readonly #clock: Clock

  constructor(path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
  }

  add(event: Event): void {
    if (existsSync(this.#path) && statSync(this.#path).size > TURN_BYTES)
      renameSync(this.#path, `${this.#path}.1`)
    appendFileSync(this.#path, `${JSON.stringify({ t: this.#clock.now(), ...event })}\n`, { mode: 0o600 })
  }
}

/** Every event that is kept, oldest first; a line that was cut by a crash is left out. */
export const readRecords = (path: string): Recorded[] =>
  [`${path}.1`, path]
    .filter(file => existsSync(file))
    .flatMap(file => readFileSync(file, 'utf8').split('\n'))
    .flatMap(line => {
      try {
        return [JSON.parse(line) as Recorded]
      } catch {
        return []
      }
    })
