import { randomBytes } from 'node:crypto'
import { existsSync, renameSync } from 'node:fs'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { bounds, encodingOf, place, type Range } from './keys.ts'
import { countAll, mergeLevel, openLevel, refuseLocked, repairLevel, type Store } from './level.ts'
import { accessError, openError } from './level-errors.ts'
import { beginRepair, type Mark, marksOf, readMark, STORE_VERSION, writeMark } from './mark.ts'
import { operationsOf } from './operations.ts'
import { type Entry, PAGE_BYTES, pagesOf } from './pages.ts'
import { unwrapRecord } from './record.ts'
import { damagedTables, setTablesAside } from './tables.ts'
import { beginTrial, hasDied, outlived, refuseDeadly, type Trial, tried } from './trial.ts'
import { type FreeBytes, freeBytes } from './watermark.ts'

export interface Write {
  readonly shelf: string
  readonly key: string
  /** Absent: delete. */
  readonly value?: Uint8Array
}

interface DatabaseInit {
  readonly directory: string
  readonly trial: Trial
  readonly free: FreeBytes
  readonly mark: Mark
  readonly unclean: boolean
  readonly lost: number
}

export interface Salvaged {
  readonly database: Database
  /** Where the damaged store was moved to, if it was. */
  readonly aside?: string
  /** Tables of it that do not hold, which were moved out of it, and where to. */
  readonly tables?: { readonly names: readonly string[]; readonly to: string }
}

const newIncarnation = (): string => randomBytes(8).toString('hex')

/**
 * One LevelDB with shelves of text keys and checked values; the only user of level. A mark beside the directory says
 * that there is a store here and how many records it had at its last clean stop, so that none vanishes silently.
 */
export class Database {
  /** True where the last process that had it open did not close it. */
  readonly unclean: boolean
  /** Records that were there at the last clean stop and are not now; at least 1 where it was salvaged, since then nobody knows. */
  readonly lost: number
  readonly #directory: string
  readonly #level: Store
  readonly #free: FreeBytes
  readonly #trial: Trial
  readonly #found: Mark
  #mark: Mark
  #broken = false
  #failures = 0
  #reopening: Promise<void> | undefined

  private constructor(level: Store, init: DatabaseInit) {
    this.#level = level
    this.#directory = init.directory
    this.#mark = init.mark
    this.#found = init.mark
    this.#free = init.free
    this.#trial = init.trial
    this.unclean = init.unclean
    this.lost = init.lost
  }

  /** Opens a store, or makes it where there never was one. Throws `store-locked`, `store-newer`, `store-damaged`, `disk-full`, `permission`. */
  static async open(directory: string, free: FreeBytes = freeBytes): Promise<Database> {
    const mark = readMark(directory)
    if (mark !== undefined) refuseDeadly(directory)
    if (mark?.repairing)
      throw new GumshoeError('store-damaged', `A repair of ${directory} has not come to its end.`)
    // What a process left open was perhaps left by a machine that lost power: LevelDB itself would look at no checksum.
    if (mark !== undefined && (mark.records === undefined || hasDied(directory)))
      await refuseDamaged(directory)
    const trial = beginTrial(directory)
    const { level, records } = await tried(trial, async () => {
      const opened = await openLevel(directory, mark === undefined)
      if (trial.suspect) await outlived(trial, () => mergeLevel(opened))
      return { level: opened, records: mark?.records === undefined ? undefined : await countAll(opened) }
    })
    return Database.#begin(level, {
      directory,
      trial,
      free,
      mark: mark ?? { version: STORE_VERSION, incarnation: newIncarnation() },
      unclean: mark !== undefined && records === undefined,
      lost: Math.max(0, (mark?.records ?? 0) - (records ?? 0))
    })
  }

  /** Like open; a store that is damaged as a whole is salvaged. */
  static async openOrSetAside(directory: string, free: FreeBytes = freeBytes): Promise<Salvaged> {
    try {
      return { database: await Database.open(directory, free) }
    } catch (error) {
      if (!(error instanceof GumshoeError) || error.code !== 'store-damaged') throw error
      return Database.salvage(directory, free)
    }
  }

  /**
   * For a store that nobody has open and that can't be opened or read to its end: LevelDB's own repair keeps what it can
   * read; where that fails too the whole is moved aside and an empty store made in its place. Either way something may be lost.
   */
  static async salvage(directory: string, free: FreeBytes = freeBytes): Promise<Salvaged> {
    try {
      if (!existsSync(directory)) throw new GumshoeError('store-damaged', `There is no ${directory}.`)
      refuseDeadly(directory)
      await refuseLocked(directory)
      // What LevelDB's repair takes in, it merges as soon as it is open.
      const names = await damagedTables(directory)
      const to = asideOf(directory)
      const mark = { version: STORE_VERSION, incarnation: newIncarnation() }
      beginRepair(directory, mark)
      setTablesAside(directory, names, to)
      const trial = beginTrial(directory)
      const level = await tried(trial, async () => {
        await repairLevel(directory)
        const opened = await openLevel(directory, false)
        // Nothing that can't be read to its end is worth the name of a repair.
        await countAll(opened)
        return opened
      })
      const database = Database.#begin(level, { directory, trial, free, mark, unclean: true, lost: 1 })
      return { database, ...(names.length > 0 && { tables: { names, to } }) }
    } catch (error) {
      if (error instanceof GumshoeError && error.code !== 'store-damaged') throw error
      const aside = asideOf(directory)
      for (const path of [directory, ...marksOf(directory)])
        if (existsSync(path)) renameSync(path, path.replace(directory, aside))
      return { database: await Database.open(directory, free), aside }
    }
  }

  static #begin(level: Store, init: DatabaseInit): Database {
    const database = new Database(level, init)
    init.trial.opened()
    database.#say({ version: STORE_VERSION, incarnation: init.mark.incarnation })
    return database
  }

  /** Writes that failed since it was opened: whoever waits for one of them may look again when it is `whole`. */
  get failures(): number {
    return this.#failures
  }

  /** Resolves when the disk takes synced writes, which ends what a failed write began. Throws `disk-full`, `store-damaged`. */
  async whole(): Promise<void> {
    if (this.#broken) await this.#reopen()
  }

  get incarnation(): string {
    return this.#mark.incarnation
  }

  /** Makes followers of the feed start from zero: what they were told of may be gone. */
  renew(): void {
    this.#say({ ...this.#mark, incarnation: newIncarnation() })
  }

  /** The value; undefined where there is none. Throws `store-damaged` naming the key. */
  async get(shelf: string, key: string): Promise<Uint8Array | undefined> {
    await this.#settled()
    const record = await this.#level.get(place(shelf, key)).catch(error => {
      throw accessError(error)
    })
    if (record === undefined) return undefined
    const value = unwrapRecord(place(shelf, key), record)
    if (value === undefined) throw new GumshoeError('store-damaged', `The record ${shelf}/${key} is damaged.`)
    return value
  }

  /**
   * True where there surely is no such record: LevelDB knows that from memory, by its filters, so that it is asked here
   * and now, which a thousand new documents a second need.
   */
  lacks(shelf: string, key: string): boolean {
    if (this.#broken || this.#level.status !== 'open') return false
    try {
      const name = place(shelf, key)
      return this.#level.getSync(name, { keyEncoding: encodingOf(name) }) === undefined
    } catch {
      return false
    }
  }

  /** Writes all or nothing; with `sync` it lasts over a power loss when this resolves. Throws `disk-full`, `store-damaged`. */
  async write(writes: readonly Write[], options: { sync: boolean }): Promise<void> {
    await this.whole()
    const operations = operationsOf(writes)
    await this.#level.batch(operations, options).catch(error => {
      this.#broken = true
      this.#failures++
      throw accessError(error)
    })
  }

  /** Entries of a shelf in key order; damaged ones come without a value. */
  async *entries(shelf: string, range: Range = {}): AsyncGenerator<Entry> {
    for await (const page of this.pages(shelf, range)) yield* page
  }

  /** Likewise many at a time, for who reads all of them. */
  async *pages(shelf: string, range: Range = {}): AsyncGenerator<Entry[]> {
    await this.#settled()
    const records = this.#level.iterator({ ...bounds(shelf, range), highWaterMarkBytes: PAGE_BYTES })
    try {
      yield* pagesOf(records, shelf)
    } catch (error) {
      throw accessError(error)
    }
  }

  async keys(shelf: string, range: Range = {}): Promise<string[]> {
    await this.#settled()
    const names = await this.#level
      .keys(bounds(shelf, range))
      .all()
      .catch(error => {
        throw accessError(error)
      })
    return names.map(name => name.slice(shelf.length + 1))
  }

  /** Closes it and leaves the mark as it was found: whoever only looked has mended nothing. */
  async closeAsFound(): Promise<void> {
    await this.#level.close()
    this.#trial.over()
    this.#say(this.#found)
  }

  /** Closes it cleanly. */
  async close(): Promise<void> {
    await this.#settled().catch(() => undefined)
    const records = await countAll(this.#level).catch(() => undefined)
    if (this.#level.status === 'open') await this.#level.close()
    this.#trial.over()
    if (records !== undefined && !this.#broken) this.#say({ ...this.#mark, records })
  }

  /**
   * After a write that failed LevelDB must be opened anew: its log may end in half a record, and what is written behind
   * that is lost at the next start although it was acknowledged (threats.md, F6, F7). Reading goes on until there is room.
   */
  async #reopen(): Promise<void> {
    this.#reopening ??= this.#openAnew().finally(() => (this.#reopening = undefined))
    await this.#reopening
  }

  async #settled(): Promise<void> {
    await this.#reopening?.catch(() => undefined)
    // An attempt that failed half way left it closed, and reading would never come back.
    if (this.#broken && this.#level.status === 'closed') await this.#reopen()
  }

  async #openAnew(): Promise<void> {
    if (this.#free(this.#directory) < LIMITS.ballastBytes)
      throw new GumshoeError('disk-full', 'The disk of the store is full.')
    try {
      // Closed it can't be read: that waits until the disk takes a synced write again.
      this.#say(this.#mark)
    } catch (error) {
      throw accessError(error)
    }
    try {
      await this.#level.close()
      await this.#level.open({ createIfMissing: false })
      this.#broken = false
    } catch (error) {
      throw openError(error, this.#directory)
    }
  }

  #say(mark: Mark): void {
    this.#mark = mark
    writeMark(this.#directory, mark)
  }
}

const asideOf = (directory: string): string => `${directory}.damaged-${randomBytes(4).toString('hex')}`

/** Throws `store-damaged` where a table does not hold, `store-locked` where another process has it open and may be writing one. */
const refuseDamaged = async (directory: string): Promise<void> => {
  await refuseLocked(directory)
  const names = await damagedTables(directory)
  if (names.length > 0)
    throw new GumshoeError('store-damaged', `Tables of ${directory} are damaged: ${names.join(', ')}.`)
}
