import { decodeCbor } from '../codec.ts'
import { LIMITS } from '../limits.ts'
import type { Cursor, FeedItem, FeedMark, FollowFilter } from '../mesh/sync/ports.ts'
import { Turns } from '../turns.ts'
import type { Database, Write } from './database.ts'
import { Feed, lastSequence, sequenceNow } from './feed.ts'
import { Group } from './group.ts'
import {
  docWrite,
  feedValue,
  type Index,
  indexWrites,
  type Kept,
  padded,
  readFeed,
  readKept,
  SHELF
} from './kept.ts'
import type { Entry } from './pages.ts'
import { Recent } from './recent.ts'

/** One entry of an index. */
export interface Found {
  readonly place: string
  readonly id: string
  /** Of envelope and body. */
  readonly bytes: number
}

/**
 * Documents by id with their indexes and a change feed. Nothing is judged here: callers put only what they verified. A
 * document whose record is damaged is set aside when it is met, and counts as not there, so that it can be put again.
 */
export class Documents {
  readonly #database: Database
  readonly #group: Group
  readonly #feed: Feed
  readonly #turns = new Turns()
  readonly #recent = new Recent(LIMITS.recentBytes)
  /** Ids that were set aside and are not here again. */
  readonly #aside: Set<string>
  #generation = 0

  private constructor(
    database: Database,
    node: string,
    at: { sequence: number; count: number },
    aside: string[]
  ) {
    this.#database = database
    this.#aside = new Set(aside)
    this.#group = new Group(
      database,
      at,
      () => this.#feed.wake(),
      async () => ({ sequence: await sequenceNow(database), count: await readCount(database) })
    )
    this.#feed = new Feed({
      database,
      node,
      sequence: () => this.#group.sequence,
      get: id => this.get(id)
    })
  }

  /** `node` names the feed in cursors. Run the audit first where the database needs it. */
  static async open(database: Database, node: string): Promise<Documents> {
    const at = { sequence: await lastSequence(database), count: await readCount(database) }
    return new Documents(database, node, at, await database.keys(SHELF.aside))
  }

  get count(): number {
    return this.#group.count
  }

  get cursor(): Cursor {
    return this.#feed.cursor
  }

  /** Another number once what is found by an action is not what it was and what was put since: whoever counted counts anew. */
  get generation(): number {
    return this.#generation
  }

  async get(id: string): Promise<Kept | undefined> {
    return this.#recent.get(id) ?? this.#read(id)
  }

  async #read(id: string): Promise<Kept | undefined> {
    try {
      const value = await this.#database.get(SHELF.doc, id)
      return value === undefined ? undefined : readKept(id, value)
    } catch (error) {
      if (await this.#setAside(id)) return undefined
      throw error
    }
  }

  async has(id: string): Promise<boolean> {
    if (this.#recent.get(id) !== undefined) return true
    return !this.#database.lacks(SHELF.doc, id) && (await this.#read(id)) !== undefined
  }

  /** Keeps a document; resolves when it is on the disk, synced. False where it was kept already, or a later one is. */
  put(kept: Kept, index: Index = {}): Promise<boolean> {
    return this.#turns.take(index.latest?.name ?? kept.id, () => this.#put(kept, index))
  }

  /** Puts another envelope in the place of the same document's: more signatures on the same bytes. It is news to followers. */
  replace(kept: Kept, action?: string): Promise<void> {
    return this.#turns.take(kept.id, async () => {
      this.#recent.forget(kept.id)
      await this.#group.commit({ writes: [docWrite(kept)], more: 0, news: feedValue(kept, action) })
    })
  }

  async latest(name: string): Promise<{ counter: number; id: string } | undefined> {
    const latest = await this.#latest(name)
    return latest && { counter: latest.counter, id: latest.id }
  }

  /** `sequence` is its place in the feed; a store of before does not know it. */
  async #latest(name: string): Promise<{ counter: number; id: string; sequence?: number } | undefined> {
    // A damaged entry is no entry: the next presence takes its place.
    const value = await this.#database.get(SHELF.latest, name).catch(() => undefined)
    if (value === undefined) return undefined
    const [counter, id, sequence] = decodeCbor(value) as [number, string, number?]
    return { counter, id, ...(sequence !== undefined && { sequence }) }
  }

  /** What of a kind concerns an action, an agent or a grant, in the order of places; `last` gives only so many from the end. */
  async about(
    subject: string,
    kind: string,
    options: { place?: string; last?: number } = {}
  ): Promise<Found[]> {
    const { place = '', last } = options
    const before = `${subject}/${kind}/`
    const range = { from: `${before}${place}`, to: `${before}${place}\xff` }
    const found: Found[] = []
    const from = { ...range, ...(last !== undefined && { reverse: true, limit: last }) }
    for await (const { key, value } of this.#database.entries(SHELF.about, from)) {
      const end = key.lastIndexOf('/')
      const bytes = value === undefined ? 0 : (decodeCbor(value) as number)
      found.push({ place: key.slice(before.length, end), id: key.slice(end + 1), bytes })
    }
    return last === undefined ? found : found.reverse()
  }

  /**
   * Writes something that holds only together with what was put before it: how far another node was followed. The counter
   * goes with it, so that an audit sees where this outlived a document in a damaged log.
   */
  note(write: Write): Promise<void> {
    return this.#group.commit({ writes: [write], more: 0 })
  }

  /** Ids of documents that were damaged here and may be had from other nodes. */
  missing(): string[] {
    return [...this.#aside]
  }

  /** Forgets an action and all that concerns it (retention). Returns how many documents that were. */
  async forget(action: string): Promise<number> {
    const about = await this.#database.keys(SHELF.about, { from: `${action}/`, to: `${action}0` })
    const ids = new Set([action, ...about.map(key => key.slice(key.lastIndexOf('/') + 1))])
    const writes: Write[] = about.map(key => ({ shelf: SHELF.about, key }))
    let gone = 0
    for (const id of ids) {
      if (!(await this.has(id))) continue
      gone++
      writes.push({ shelf: SHELF.doc, key: id })
    }
    await this.#group.commit({ writes, more: -gone }).finally(() => this.#generation++)
    for (const id of ids) this.#recent.forget(id)
    return gone
  }

  /** Removes what indexes say of documents that are gone. */
  async sweep(signal: AbortSignal): Promise<number> {
    let swept = 0
    for (const shelf of [SHELF.feed, SHELF.about]) {
      let writes: Write[] = []
      const remove = async () => {
        await this.#database.write(writes, { sync: false }).finally(() => this.#generation++)
        swept += writes.length
        writes = []
      }
      for await (const { key, value } of this.#database.entries(shelf)) {
        if (signal.aborted) return swept
        const id = shelf === SHELF.about ? key.slice(key.lastIndexOf('/') + 1) : value && readFeed(value).id
        if (id === undefined || (await this.has(id))) continue
        writes.push({ shelf, key })
        if (writes.length === 1_000) await remove()
      }
      await remove()
    }
    return swept
  }

  /** Reads every document once, so that what was damaged in silence is set aside; for the background. */
  async scrub(signal: AbortSignal): Promise<void> {
    for (const id of await this.#database.keys(SHELF.doc)) {
      if (signal.aborted) return
      await this.#read(id)
    }
  }

  /** What came after a cursor, in order, then what comes, until the signal; a foreign or older cursor starts from zero. */
  follow(
    filter: FollowFilter,
    cursors: readonly Cursor[],
    signal: AbortSignal
  ): AsyncGenerator<FeedItem | FeedMark> {
    return this.#feed.follow(filter, cursors, signal)
  }

  async #put(kept: Kept, index: Index): Promise<boolean> {
    if (await this.has(kept.id)) return false
    const writes: Write[] = [docWrite(kept)]
    let more = 1
    if (index.latest) {
      const before = await this.#latest(index.latest.name)
      if (before && before.counter >= index.latest.counter) return false
      // Whoever follows is told of the latest only, or one host's presences would fill the feed.
      if (before?.sequence !== undefined) writes.push({ shelf: SHELF.feed, key: padded(before.sequence) })
      if (before && (await this.has(before.id))) {
        writes.push({ shelf: SHELF.doc, key: before.id })
        this.#recent.forget(before.id)
        more--
      }
    }
    const aside = this.#aside.has(kept.id)
    if (aside) writes.push({ shelf: SHELF.aside, key: kept.id })
    await this.#group.commit({
      writes: sequence => [...writes, ...indexWrites(kept, index, sequence)],
      more,
      news: feedValue(kept, index.action)
    })
    if (aside) {
      this.#aside.delete(kept.id)
      // Its place in the indexes was never empty.
      this.#generation++
    }
    this.#recent.add(kept)
    return true
  }

  /** True where the record was there and damaged; false where the store as a whole can't be read. */
  async #setAside(id: string): Promise<boolean> {
    this.#recent.forget(id)
    return this.#turns.take(`aside/${id}`, async () => {
      let entry: Entry | undefined
      for await (const found of this.#database.entries(SHELF.doc, { from: id, to: `${id}\0` })) entry = found
      if (entry === undefined) return this.#aside.has(id)
      if (entry.value !== undefined && holds(id, entry.value)) return false
      const aside = { shelf: SHELF.aside, key: id, value: entry.value ?? new Uint8Array() }
      await this.#group.commit({ writes: [{ shelf: SHELF.doc, key: id }, aside], more: -1 })
      this.#aside.add(id)
      return true
    })
  }
}

const holds = (id: string, value: Uint8Array): boolean => {
  try {
    readKept(id, value)
    return true
  } catch {
    return false
  }
}

export const readCount = async (database: Database): Promise<number> => {
  const value = await database.get(SHELF.meta, 'count').catch(() => undefined)
  return value === undefined ? 0 : (decodeCbor(value) as number)
}
