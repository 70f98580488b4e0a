import { decodeCbor, encodeCbor } from '../codec.ts'
import { GumshoeError } from '../errors.ts'
import type { Cursor, FeedItem, FeedMark, FollowFilter, Parcel } from '../mesh/sync/ports.ts'
import type { Database, Write } from './database.ts'

/** A document as it is kept. */
export interface Kept {
  readonly kind: string
  readonly id: string
  readonly parcel: Parcel
}

/** What a document is found by; all optional. */
export interface Index {
  /** The action that it is, answers or concerns. */
  readonly action?: string
  /** Its place among what concerns that action: `agent/op/part`. */
  readonly place?: string
  /** Other things that it concerns: an agent's chain, a grant. */
  readonly also?: readonly { readonly subject: string; readonly place: string }[]
  /** Only the latest of this name is kept: a peer's presence. */
  readonly latest?: { readonly name: string; readonly counter: number }
}

/** Shelves: documents by id, the feed by sequence, what concerns an action, the latest by name, and counters. */
const DOC = 'doc'
const FEED = 'feed'
const ABOUT = 'about'
const LATEST = 'latest'
const META = 'meta'

const padded = (sequence: number): string => String(sequence).padStart(16, '0')

interface Pending {
  readonly writes: Write[]
  readonly entries: number
  done(): void
  failed(error: unknown): void
}

/**
 * Documents by id with their indexes and a change feed. Nothing is judged here: callers put only what they verified.
 * Writes that come together are one synced batch, so that a receipt costs a share of a sync.
 */
export class Documents {
  readonly #database: Database
  readonly #node: string
  readonly #waiting: Pending[] = []
  readonly #news = new Set<() => void>()
  #writing = false
  #sequence: number
  #count: number

  private constructor(database: Database, node: string, sequence: number, count: number) {
    this.#database = database
    this.#node = node
    this.#sequence = sequence
    this.#count = count
  }

  static async open(database: Database, node: string): Promise<Documents> {
    let sequence = 0
    for await (const { key } of database.entries(FEED, { reverse: true, limit: 1 })) sequence = Number(key)
    return new Documents(database, node, sequence, await readCount(database))
  }

  get count(): number {
    return this.#count
  }

  get cursor(): Cursor {
    return { node: this.#node, incarnation: this.#database.incarnation, sequence: this.#sequence }
  }

  async get(id: string): Promise<Kept | undefined> {
    const value = await this.#database.get(DOC, id)
    return value === undefined ? undefined : readKept(id, value)
  }

  async has(id: string): Promise<boolean> {
    return (await this.#database.get(DOC, id)) !== undefined
  }

  /** Keeps a document; resolves when it is on the disk, synced. False where it was kept already, or a later one is. */
  async put(kept: Kept, index: Index = {}): Promise<boolean> {
    if (await this.has(kept.id)) return false
    const writes: Write[] = []
    let entries = 1
    if (index.latest) {
      const before = await this.latest(index.latest.name)
      if (before && before.counter >= index.latest.counter) return false
      if (before) {
        writes.push({ shelf: DOC, key: before.id })
        entries--
      }
      writes.push({
        shelf: LATEST,
        key: index.latest.name,
        value: encodeCbor([index.latest.counter, kept.id])
      })
    }
    writes.push({ shelf: DOC, key: kept.id, value: writeKept(kept) })
    const own = index.action ? [{ subject: index.action, place: index.place ?? '' }] : []
    for (const { subject, place } of [...own, ...(index.also ?? [])]) {
      writes.push({
        shelf: ABOUT,
        key: `${subject}/${kept.kind}/${place}/${kept.id}`,
        value: encodeCbor(kept.id)
      })
    }
    await this.#commit(
      writes,
      entries,
      encodeCbor([kept.kind, kept.id, ...(index.action ? [index.action] : [])])
    )
    return true
  }

  /** Puts another envelope in the place of the same document's: more signatures on the same bytes. It is news to followers. */
  async replace(kept: Kept, action?: string): Promise<void> {
    await this.#commit(
      [{ shelf: DOC, key: kept.id, value: writeKept(kept) }],
      0,
      encodeCbor([kept.kind, kept.id, ...(action ? [action] : [])])
    )
  }

  async latest(name: string): Promise<{ counter: number; id: string } | undefined> {
    const value = await this.#database.get(LATEST, name)
    if (value === undefined) return undefined
    const [counter, id] = decodeCbor(value) as [number, string]
    return { counter, id }
  }

  /** What of a kind concerns an action, an agent or a grant, in the order of places. */
  async about(subject: string, kind: string, place = ''): Promise<{ place: string; id: string }[]> {
    const before = `${subject}/${kind}/`
    const keys = await this.#database.keys(ABOUT, {
      from: `${before}${place}`,
      to: `${before}${place}\uffff`
    })
    return keys.map(key => {
      const end = key.lastIndexOf('/')
      return { place: key.slice(before.length, end), id: key.slice(end + 1) }
    })
  }

  /** Forgets documents (retention); their feed entries lead nowhere from then on and are skipped. */
  async remove(ids: readonly string[], action?: string): Promise<void> {
    const writes: Write[] = []
    for (const id of ids) writes.push({ shelf: DOC, key: id })
    if (action)
      for (const key of await this.#database.keys(ABOUT, { from: `${action}/`, to: `${action}0` }))
        writes.push({ shelf: ABOUT, key })
    await this.#database.write([...writes, this.#counter(-ids.length)], { sync: false })
  }

  /** What came after a cursor, in order, then what comes, until the signal; a foreign or older cursor starts from zero. */
  async *follow(
    filter: FollowFilter,
    cursors: readonly Cursor[],
    signal: AbortSignal
  ): AsyncGenerator<FeedItem | FeedMark> {
    const own = cursors.find(
      cursor => cursor.node === this.#node && cursor.incarnation === this.#database.incarnation
    )
    let at = own && own.sequence <= this.#sequence ? own.sequence : 0
    let live = false
    while (!signal.aborted) {
      for await (const { key, value } of this.#database.entries(FEED, { from: padded(at + 1), limit: 500 })) {
        at = Number(key)
        if (signal.aborted) return
        const item = value && (await this.#item(at, value, filter, live))
        if (item) yield item
      }
      if (at < this.#sequence) continue
      if (!live) {
        live = true
        yield { cursor: { ...this.cursor, sequence: at }, caughtUp: true }
      }
      if (filter.untilNow) return
      await this.#newsAfter(at, signal)
    }
  }

  async #item(
    sequence: number,
    value: Uint8Array,
    filter: FollowFilter,
    live: boolean
  ): Promise<FeedItem | undefined> {
    const [kind, id, action] = decodeCbor(value) as [string, string, string?]
    if (filter.kinds && !filter.kinds.includes(kind)) return undefined
    if (filter.action && filter.action !== action) return undefined
    const kept = await this.get(id).catch(() => undefined)
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
        if (this.#sequence > sequence) end()
      }
      this.#news.add(check)
      signal.addEventListener('abort', end, { once: true })
      check()
      if (signal.aborted) end()
    })
  }

  #commit(writes: Write[], entries: number, feed: Uint8Array): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({
        writes: [...writes, { shelf: FEED, key: '', value: feed }],
        entries,
        done,
        failed
      })
      if (!this.#writing) void this.#flush()
    })
  }

  #counter(more: number): Write {
    this.#count += more
    return { shelf: META, key: 'count', value: encodeCbor(this.#count) }
  }

  /** Group commit: all that waits is one batch; sequences are given in the order of writing. */
  async #flush(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, 1_000)
      let sequence = this.#sequence
      const writes = group.flatMap(({ writes }) =>
        writes.map(write => (write.shelf === FEED ? { ...write, key: padded(++sequence) } : write))
      )
      const entries = group.reduce((sum, pending) => sum + pending.entries, 0)
      try {
        await this.#database.write([...writes, this.#counter(entries)], { sync: true })
        this.#sequence = sequence
        for (const { done } of group) done()
        for (const check of [...this.#news]) check()
      } catch (error) {
        this.#count -= entries
        for (const { failed } of group) failed(error)
      }
    }
    this.#writing = false
  }
}

const readCount = async (database: Database): Promise<number> => {
  const value = await database.get(META, 'count').catch(() => undefined)
  return value === undefined ? 0 : (decodeCbor(value) as number)
}

const writeKept = ({ kind, parcel }: Kept): Uint8Array =>
  encodeCbor([kind, parcel.envelope, ...(parcel.body ? [parcel.body] : [])])

const readKept = (id: string, value: Uint8Array): Kept => {
  const [kind, envelope, body] = decodeCbor(value) as [string, Uint8Array, Uint8Array?]
  if (typeof kind !== 'string' || !(envelope instanceof Uint8Array))
    throw new GumshoeError('store-damaged', `The document ${id} is damaged.`)
  return { kind, id, parcel: body === undefined ? { envelope } : { envelope, body } }
}
