import { decodeCbor, encodeCbor } from '../codec.ts'
import type { Cursor, FeedItem, FeedMark, FollowFilter } from '../mesh/sync/ports.ts'
import type { Database } from './database.ts'
import { type Kept, padded, readFeed, SHELF } from './kept.ts'

/**
 * After an unclean stop sequences go on this much later: what followers were told of behind the last one that is left
 * (a log that lost its end) is then behind them, and nothing new hides at a sequence that they have seen.
 */
const GAP = 1_000_000
/** Entries read at a time, so that no iterator stays open while a follower is slow. */
const AT_ONCE = 500
const META_SEQUENCE = 'sequence'

/** The last sequence that the store knows to be taken. */
export const sequenceNow = async (database: Database): Promise<number> => {
  const [last] = await database.keys(SHELF.feed, { reverse: true, limit: 1 })
  const kept = await database.get(SHELF.meta, META_SEQUENCE).catch(() => undefined)
  return Math.max(Number(last ?? 0), kept === undefined ? 0 : (decodeCbor(kept) as number))
}

/** Where the feed of a store stands when it is opened. */
export const lastSequence = async (database: Database): Promise<number> => {
  const sequence = await sequenceNow(database)
  if (!database.unclean) return sequence
  const later = sequence + GAP
  await database.write([{ shelf: SHELF.meta, key: META_SEQUENCE, value: encodeCbor(later) }], { sync: true })
  return later
}

export interface FeedComponents {
  readonly database: Database
  readonly node: string
  /** The last sequence that is on the disk. */
  sequence(): number
  get(id: string): Promise<Kept | undefined>
}

/** The change feed of one store: what came after a cursor, then what comes. Cursors are {node, incarnation, sequence}. */
export class Feed {
  readonly #components: FeedComponents
  readonly #news = new Set<() => void>()

  constructor(components: FeedComponents) {
    this.#components = components
  }

  get cursor(): Cursor {
    const { node, database, sequence } = this.#components
    return { node, incarnation: database.incarnation, sequence: sequence() }
  }

  /** There is more. */
  wake(): void {
    for (const check of [...this.#news]) check()
  }

  /** In order, until the signal; a foreign cursor, or one that is ahead of this store, starts from zero. */
  async *follow(
    filter: FollowFilter,
    cursors: readonly Cursor[],
    signal: AbortSignal
  ): AsyncGenerator<FeedItem | FeedMark> {
    const { database, sequence } = this.#components
    let at = this.#start(cursors)
    let live = false
    while (!signal.aborted) {
      const until = sequence()
      let read = 0
      for (const { key, value } of await page(database, at, until)) {
        read++
        at = Number(key)
        if (signal.aborted) return
        const item = value && (await this.#item(at, value, filter, live))
        if (item) yield item
      }
      if (read === AT_ONCE) continue
      at = until
      if (sequence() > at) continue
      if (!live) {
        live = true
        yield { cursor: { ...this.cursor, sequence: at }, caughtUp: true }
      }
      if (filter.untilNow) return
      await this.#newsAfter(at, signal)
    }
  }

  #start(cursors: readonly Cursor[]): number {
    const { node, incarnation, sequence } = this.cursor
    const own = cursors.find(cursor => cursor.node === node && cursor.incarnation === incarnation)
    return own !== undefined && own.sequence <= sequence ? own.sequence : 0
  }

  async #item(
    sequence: number,
    value: Uint8Array,
    filter: FollowFilter,
    live: boolean
  ): Promise<FeedItem | undefined> {
    const { kind, id, action } = readFeed(value)
    if (filter.kinds && !filter.kinds.includes(kind)) return undefined
    if (filter.action && filter.action !== action) return undefined
    const kept = await this.#components.get(id)
    return kept && { cursor: { ...this.cursor, sequence }, kind, id, parcel: kept.parcel, live }
  }

  #newsAfter(sequence: number, signal: AbortSignal): Promise<void> {
    return new Promise(done => {
      const end = () => {
        this.#news.delete(check)
        signal.removeEventListener('abort', end)
        done()
      }
      const check = () => {
        if (this.#components.sequence() > sequence) end()
      }
      this.#news.add(check)
      signal.addEventListener('abort', end, { once: true })
      check()
      if (signal.aborted) end()
    })
  }
}

const page = async (database: Database, after: number, until: number) => {
  const entries: { key: string; value?: Uint8Array }[] = []
  const range = { from: padded(after + 1), to: padded(until + 1), limit: AT_ONCE }
  for await (const entry of database.entries(SHELF.feed, range)) entries.push(entry)
  return entries
}
