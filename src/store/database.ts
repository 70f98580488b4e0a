import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Level } from 'level'
import { GumshoeError } from '../errors.ts'
import { unwrapRecord, wrapRecord } from './record.ts'

/** The layout of what lies on the disk; a store of a higher one is refused. */
export const STORE_VERSION = 1

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

interface Made {
  readonly version: number
  /** A store that was set aside and made anew has another: followers of its feed start from zero. */
  readonly incarnation: string
}

/** Keys are `shelf/key`: one order for all, so that a batch over shelves is one write. */
const place = (shelf: string, key: string): string => `${shelf}/${key}`

/**
 * One LevelDB with shelves of text keys and checked values; the only importer of level. Beside the directory lie two
 * marks: `.made` (there was a store here: never make an empty one in its place silently) and `.open` (not closed cleanly).
 */
export class Database {
  readonly incarnation: string
  /** True where the last process that had it open did not close it. */
  readonly unclean: boolean
  readonly #directory: string
  readonly #level: Level<string, Uint8Array>

  private constructor(directory: string, level: Level<string, Uint8Array>, made: Made, unclean: boolean) {
    this.#directory = directory
    this.#level = level
    this.incarnation = made.incarnation
    this.unclean = unclean
  }

  /** Opens a store, or makes it where there never was one. Throws `store-locked`, `store-newer`, `store-damaged`, `disk-full`, `permission`. */
  static async open(directory: string): Promise<Database> {
    const made = readMade(directory)
    const level = new Level<string, Uint8Array>(directory, { keyEncoding: 'utf8', valueEncoding: 'view' })
    try {
      if (made === undefined) mkdirSync(directory, { recursive: true, mode: 0o700 })
      await level.open({ createIfMissing: made === undefined })
    } catch (error) {
      throw openError(error, directory)
    }
    const unclean = existsSync(`${directory}.open`)
    const mark = made ?? { version: STORE_VERSION, incarnation: randomBytes(8).toString('hex') }
    if (made === undefined)
      writeFileSync(`${directory}.made`, JSON.stringify(mark), { mode: 0o600, flush: true })
    writeFileSync(`${directory}.open`, '', { mode: 0o600 })
    return new Database(directory, level, mark, unclean)
  }

  /** Like open; a store that is damaged as a whole is moved aside and made anew. Returns where it was moved to. */
  static async openOrSetAside(directory: string): Promise<{ database: Database; aside?: string }> {
    try {
      return { database: await Database.open(directory) }
    } catch (error) {
      if (!(error instanceof GumshoeError) || error.code !== 'store-damaged') throw error
      const aside = `${directory}.damaged-${randomBytes(4).toString('hex')}`
      if (existsSync(directory)) renameSync(directory, aside)
      for (const mark of ['made', 'open']) rmSync(`${directory}.${mark}`, { force: true })
      return { database: await Database.open(directory), aside }
    }
  }

  /** The value; undefined where there is none. Throws `store-damaged` naming the key. */
  async get(shelf: string, key: string): Promise<Uint8Array | undefined> {
    const record = await this.#level.get(place(shelf, key)).catch(error => {
      throw ioError(error)
    })
    if (record === undefined) return undefined
    const value = unwrapRecord(place(shelf, key), record)
    if (value === undefined) throw new GumshoeError('store-damaged', `The record ${shelf}/${key} is damaged.`)
    return value
  }

  /** Writes all or nothing; with `sync` it lasts over a power loss when this resolves. Throws `disk-full`, `store-damaged`. */
  async write(writes: readonly Write[], options: { sync: boolean }): Promise<void> {
    const operations = writes.map(({ shelf, key, value }) =>
      value === undefined
        ? { type: 'del' as const, key: place(shelf, key) }
        : { type: 'put' as const, key: place(shelf, key), value: wrapRecord(place(shelf, key), value) }
    )
    await this.#level.batch(operations, options).catch(error => {
      throw ioError(error)
    })
  }

  /** Entries of a shelf in key order; damaged ones come without a value. */
  async *entries(shelf: string, range: Range = {}): AsyncGenerator<Entry> {
    const { from = '', to, limit = -1, reverse = false } = range
    const bounds = { gte: place(shelf, from), lt: to === undefined ? `${shelf}0` : place(shelf, to) }
    for await (const [name, record] of this.#level.iterator({ ...bounds, limit, reverse })) {
      const key = name.slice(shelf.length + 1)
      const value = unwrapRecord(name, record)
      yield value === undefined ? { key } : { key, value }
    }
  }

  async keys(shelf: string, range: Range = {}): Promise<string[]> {
    const { from = '', to, limit = -1 } = range
    const bounds = { gte: place(shelf, from), lt: to === undefined ? `${shelf}0` : place(shelf, to) }
    const keys = await this.#level.keys({ ...bounds, limit }).all()
    return keys.map(name => name.slice(shelf.length + 1))
  }

  async count(shelf: string): Promise<number> {
    let count = 0
    for await (const _ of this.#level.keys({ gte: place(shelf, ''), lt: `${shelf}0` })) count++
    return count
  }

  async close(): Promise<void> {
    await this.#level.close()
    rmSync(`${this.#directory}.open`, { force: true })
  }
}

const readMade = (directory: string): Made | undefined => {
  const path = `${directory}.made`
  if (!existsSync(path)) return undefined
  let made: Made
  try {
    made = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new GumshoeError('store-damaged', `The mark ${path} is damaged.`, { cause })
  }
  if (made.version > STORE_VERSION) {
    throw new GumshoeError(
      'store-newer',
      `The store ${directory} has layout ${made.version}; this program knows ${STORE_VERSION}.`
    )
  }
  return made
}

const codeIn = (error: unknown): string => {
  const { code, cause } = (error ?? {}) as { code?: string; cause?: unknown }
  return cause ? `${code} ${codeIn(cause)} ${String(cause)}` : `${code ?? ''} ${String(error)}`
}

const openError = (error: unknown, directory: string): GumshoeError => {
  const text = codeIn(error)
  if (/LEVEL_LOCKED/.test(text))
    return new GumshoeError('store-locked', `Another process has ${directory} open.`, { cause: error })
  if (/No space left|ENOSPC/.test(text))
    return new GumshoeError(
      'disk-full',
      `The disk of ${directory} is full; LevelDB needs some MiB to open.`,
      { cause: error }
    )
  if (/Permission denied|EACCES/.test(text))
    return new GumshoeError('permission', `${directory} may not be opened.`, { cause: error })
  return new GumshoeError('store-damaged', `The store ${directory} does not open.`, { cause: error })
}

const ioError = (error: unknown): GumshoeError => {
  const text = codeIn(error)
  if (/No space left|ENOSPC/.test(text))
    return new GumshoeError('disk-full', 'The disk of the store is full.', { cause: error })
  return new GumshoeError('store-damaged', 'The store can be neither read nor written now.', { cause: error })
}
