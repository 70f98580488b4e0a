import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { Level } from 'level'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { accessError, openError } from './level-errors.ts'
import { type Mark, marksOf, readMark, STORE_VERSION, writeMark } from './mark.ts'
import { unwrapRecord, wrapRecord } from './record.ts'
import { type FreeBytes, freeBytes } from './watermark.ts'

export interface Write {
  readonly shelf: string
  readonly key: string
  /** Absent: delete. */
  readonly value?: Uint8Array
}

export interface Entry {
  readonly key: string
  /** Absent where the record is damaged. */
  readonly value?: Uint8Array
}

export interface Range {
  /** First key, inclusive. */
  readonly from?: string
  /** Last key, exclusive. */
  readonly to?: string
  readonly limit?: number
  readonly reverse?: boolean
}

type Store = Level<string, Uint8Array>

/** Keys are `shelf/key`: one order for all, so that a batch over shelves is one write. */
const place = (shelf: string, key: string): string => `${shelf}/${key}`

const bounds = (shelf: string, { from = '', to, limit = -1, reverse = false }: Range) => ({
  gte: place(shelf, from),
  lt: to === undefined ? `${shelf}0` : place(shelf, to),
  limit,
  reverse
})

const newIncarnation = (): string => randomBytes(8).toString('hex')

/**
 * One LevelDB with shelves of text keys and checked values; the only importer of level. A mark beside the directory says
 * that there is a store here and how many records it had at its last clean stop, so that none vanishes silently.
 */
export class Database {
  /** True where the last process that had it open did not close it. */
  readonly unclean: boolean
  /** Records that were there at the last clean stop and are not now: LevelDB lost them without an error. */
  readonly lost: number
  readonly #directory: string
  readonly #level: Store
  readonly #free: FreeBytes
  readonly #found: Mark
  #mark: Mark
  #broken = false
  #reopening: Promise<void> | undefined

  private constructor(
    directory: string,
    level: Store,
    mark: Mark,
    fresh: boolean,
    records: number,
    free: FreeBytes
  ) {
    this.#directory = directory
    this.#level = level
    this.#mark = mark
    this.#found = mark
    this.#free = free
    this.unclean = !fresh && mark.records === undefined
    this.lost = Math.max(0, (mark.records ?? 0) - records)
  }

  /** Opens a store, or makes it where there never was one. Throws `store-locked`, `store-newer`, `store-damaged`, `disk-full`, `permission`. */
  static async open(directory: string, free: FreeBytes = freeBytes): Promise<Database> {
    const known = readMark(directory)
    const level: Store = new Level(directory, { keyEncoding: 'utf8', valueEncoding: 'view' })
    try {
      if (known === undefined) mkdirSync(directory, { recursive: true, mode: 0o700 })
      await level.open({ createIfMissing: known === undefined })
      const mark = known ?? { version: STORE_VERSION, incarnation: newIncarnation() }
      const records = mark.records === undefined ? 0 : await countAll(level)
      const database = new Database(directory, level, mark, known === undefined, records, free)
      database.#say({ version: STORE_VERSION, incarnation: mark.incarnation })
      return database
    } catch (error) {
      await level.close().catch(() => undefined)
      throw openError(error, directory)
    }
  }

  /** Like open; a store that is damaged as a whole is moved aside and made anew. Returns where it was moved to. */
  static async openOrSetAside(
    directory: string,
    free: FreeBytes = freeBytes
  ): Promise<{ database: Database; aside?: string }> {
    try {
      return { database: await Database.open(directory, free) }
    } catch (error) {
      if (!(error instanceof GumshoeError) || error.code !== 'store-damaged') throw error
      const aside = `${directory}.damaged-${randomBytes(4).toString('hex')}`
      for (const path of [directory, ...marksOf(directory)])
        if (existsSync(path)) renameSync(path, path.replace(directory, aside))
      return { database: await Database.open(directory, free), aside }
    }
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

  /** Writes all or nothing; with `sync` it lasts over a power loss when this resolves. Throws `disk-full`, `store-damaged`. */
  async write(writes: readonly Write[], options: { sync: boolean }): Promise<void> {
    if (this.#broken) await this.#reopen()
    const operations = writes.map(({ shelf, key, value }) =>
      value === undefined
        ? { type: 'del' as const, key: place(shelf, key) }
        : { type: 'put' as const, key: place(shelf, key), value: wrapRecord(place(shelf, key), value) }
    )
    await this.#level.batch(operations, options).catch(error => {
      this.#broken = true
      throw accessError(error)
    })
  }

  /** Entries of a shelf in key order; damaged ones come without a value. */
  async *entries(shelf: string, range: Range = {}): AsyncGenerator<Entry> {
    await this.#settled()
    try {
      for await (const [name, record] of this.#level.iterator(bounds(shelf, range))) {
        const key = name.slice(shelf.length + 1)
        const value = unwrapRecord(name, record)
        yield value === undefined ? { key } : { key, value }
      }
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
    this.#say(this.#found)
  }

  /** Closes it cleanly. */
  async close(): Promise<void> {
    await this.#settled()
    const records = await countAll(this.#level).catch(() => undefined)
    await this.#level.close()
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
  }

  async #openAnew(): Promise<void> {
    if (this.#free(this.#directory) < LIMITS.ballastBytes)
      throw new GumshoeError('disk-full', 'The disk of the store is full.')
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

const countAll = async (level: Store): Promise<number> => {
  let count = 0
  for await (const _ of level.keys()) count++
  return count
}
