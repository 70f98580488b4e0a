import {
  closeSync,
  existsSync,
  fstatSync,
  fsync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeSync
} from 'node:fs'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Clock } from '../src/clock.ts'
import { GumshoeError } from '../src/errors.ts'

interface Asked {
  readonly action: string
  readonly persons: readonly string[]
  readonly modules: readonly string[]
  readonly disclosure: string
  readonly purpose?: string
}

/** What happened with actions on this host, one JSON line each: the ledger of its owner, and what a history checker reads. */
export type Event =
  | ({ readonly what: 'run' } & Asked)
  | ({ readonly what: 'refused'; readonly code: string } & Asked)
  | {
      readonly what: 'answered' | 'dropped'
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

/** An event as its line of the ledger. */
export const lineOf = (event: Recorded): string => JSON.stringify(event)

const NEWLINE = 0x0a
/** The ledger is turned over at this size; the one before is kept. */
const TURN_BYTES = 16 << 20
/**
 * What was turned away stands in a smaller file of its own, with at most so many lines a minute: whoever floods this host
 * with garbage must not push its owner's ledger out, nor fill the disk.
 */
const TURNED_AWAY_BYTES = 1 << 20
const TURNED_AWAY_PER_MINUTE = 600

export class Records {
  readonly #path: string
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  #minute = 0
  #lines = 0

  /** `failed` hears of a line that could not be written; the agent goes on, since its run records are elsewhere. */
  constructor(path: string, clock: Clock, failed: (error: unknown) => void = () => undefined) {
    this.#path = path
    this.#clock = clock
    this.#failed = failed
  }

  /** Never throws. */
  add(event: Event): void {
    void this.write({ t: this.#clock.now(), ...event })
  }

  /**
   * Never throws. The line is there when this returns; what is run is synced when it resolves: where the store is lost, the
   * ledger still knows it.
   */
  async write(event: Recorded): Promise<void> {
    const turnedAway = event.what === 'turned-away'
    if (turnedAway && !this.#takeLine(event.t)) return
    const [path, most] = turnedAway
      ? [turnedAwayPath(this.#path), TURNED_AWAY_BYTES]
      : [this.#path, TURN_BYTES]
    try {
      if (existsSync(path) && statSync(path).size > most) {
        // Nobody syncs it under its other name.
        syncFile(path)
        renameSync(path, `${path}.1`)
      }
      const file = append(path, `${lineOf(event)}\n`)
      try {
        // Not in one go with the rest: a slow disk must not hold up everything else.
        if (event.what === 'run') await fsyncSoon(file)
      } finally {
        closeSync(file)
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Makes every line of the ledger last over a power loss. Throws what the file system throws. */
  async sync(): Promise<void> {
    const file = await open(this.#path, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }

  #takeLine(t: number): boolean {
    const minute = Math.floor(t / 60_000)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#lines = 0
    }
    return ++this.#lines <= TURNED_AWAY_PER_MINUTE
  }
}

const syncFile = (path: string): void => {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

const fsyncSoon = promisify(fsync)

/** Begins a line of its own also behind one that a crash or a full disk has cut. Returns the file, open. */
const append = (path: string, line: string): number => {
  const file = openSync(path, 'a+', 0o600)
  try {
    const { size } = fstatSync(file)
    const last = Buffer.alloc(1)
    const cut = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE
    const bytes = Buffer.from(cut ? `\n${line}` : line)
    if (writeSync(file, bytes) < bytes.length)
      throw new GumshoeError('disk-full', `${path} took a part of a line.`)
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

const turnedAwayPath = (path: string): string => path.replace(/(\.jsonl)?$/, '.turned-away.jsonl')

/** Every event that is kept, oldest first; a line that was cut by a crash is left out. */
export const readRecords = (path: string): Recorded[] =>
  [path, turnedAwayPath(path)]
    .flatMap(file => [`${file}.1`, file])
    .filter(file => existsSync(file))
    .flatMap(file => readFileSync(file, 'utf8').split('\n'))
    .flatMap(line => {
      try {
        return [JSON.parse(line) as Recorded]
      } catch {
        return []
      }
    })
    .sort((a, b) => a.t - b.t)
