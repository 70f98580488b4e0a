import { isActionKind } from '../documents/action.ts'
import type { Database, Write } from './database.ts'
import { Digests } from './digests.ts'
import { readCount } from './documents.ts'
import { countWrite } from './group.ts'
import { feedValue, type IndexOf, indexWrites, type Kept, padded, readFeed, readKept, SHELF } from './kept.ts'
import { place } from './keys.ts'
import { digestOf } from './record.ts'

export interface Audit {
  /** Documents that hold. */
  readonly sound: number
  /** Ids of documents that were set aside as damaged, to be filled again from other nodes. */
  readonly damaged: readonly string[]
  /** Documents or records that a counter knows and the store does not have: lost without a trace. */
  readonly missing: number
  /** Entries of indexes that were damaged or not there; all were written again. */
  readonly indexes: number
}

export interface AuditOptions {
  /** What a document is found by. */
  readonly indexOf: IndexOf
  /** Only tells. */
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

/** Writes of one batch of an audit. */
const AT_ONCE = 500

/** True where something is lost that other nodes may have. */
export const isHurt = ({ damaged, missing, indexes }: Audit): boolean =>
  damaged.length + missing + indexes > 0

/**
 * Reads every record of a store that nobody else uses: sets aside what is damaged, mends the counter, writes the indexes
 * again where anything of them is gone, and makes followers start from zero then. After an unclean stop, and whenever
 * records are fewer than at the last clean one (threats.md, F5, T17).
 */
export const audit = async (database: Database, options: AuditOptions): Promise<Audit> => {
  const damaged: string[] = []
  let sound = 0
  const found = await readIndexes(database)
  const told = await readTold(database)
  let indexes = found.damaged + told.damaged
  const mend: Write[] = []
  for await (const page of database.pages(SHELF.doc)) {
    options.signal?.throwIfAborted()
    for (const { key, value } of page) {
      const kept = value && soundly(key, value)
      if (kept === undefined) {
        damaged.push(key)
        mend.push({ shelf: SHELF.doc, key }, { shelf: SHELF.aside, key, value: value ?? new Uint8Array() })
        continue
      }
      sound++
      if (!told.ids.has(prefixOf(key))) indexes++
      else if (indexes === 0) indexes += lacking(found, kept, options.indexOf)
    }
  }
  const missing = Math.max(database.lost, (await readCount(database)) - sound - damaged.length)
  const result = { sound, damaged, missing: Math.max(0, missing), indexes }
  if (options.dryRun) return result
  await database.write([...mend, countWrite(sound)], { sync: true })
  if (isHurt(result)) await writeIndexes(database, options)
  return result
}

const soundly = (id: string, value: Uint8Array): Kept | undefined => {
  try {
    return readKept(id, value)
  } catch {
    return undefined
  }
}

interface Found {
  /** Of every entry by which something that concerns an action is found: there are millions. */
  readonly about: Digests
  /** Names of which there is a latest. */
  readonly latest: ReadonlySet<string>
  damaged: number
}

const readIndexes = async (database: Database): Promise<Found> => {
  const latest = new Set<string>()
  const found = { about: new Digests(), latest, damaged: 0 }
  for (const shelf of [SHELF.about, SHELF.latest, SHELF.meta])
    for await (const page of database.pages(shelf))
      for (const { key, digest } of page) {
        if (digest === undefined) found.damaged++
        else if (shelf === SHELF.about) found.about.add(digest)
        else if (shelf === SHELF.latest) latest.add(key)
      }
  found.about.close()
  return found
}

/** Ids that the feed tells of, by their first bytes: a million in full are 130 MB. */
const readTold = async (database: Database): Promise<{ ids: Digests; damaged: number }> => {
  const ids = new Digests()
  let damaged = 0
  for await (const page of database.pages(SHELF.feed))
    for (const { value } of page) {
      if (value === undefined) damaged++
      else ids.add(prefixOf(readFeed(value).id))
    }
  ids.close()
  return { ids, damaged }
}

const prefixOf = (id: string): Uint8Array => Buffer.from(id.slice(0, 16), 'hex')

const lacking = ({ about, latest }: Found, kept: Kept, indexOf: IndexOf): number =>
  indexWrites(kept, indexOf(kept), 0).filter(({ shelf, key, value }) =>
    shelf === SHELF.latest ? !latest.has(key) : !about.has(digestOf(place(shelf, key), value!))
  ).length

/** All indexes and the feed anew, in the order of kinds that a follower can take: what others name comes first. */
const writeIndexes = async (database: Database, { indexOf, signal }: AuditOptions): Promise<void> => {
  database.renew()
  for (const shelf of [SHELF.feed, SHELF.about, SHELF.latest, SHELF.meta])
    for (const keys of chunks(await database.keys(shelf)))
      await database.write(
        keys.map(key => ({ shelf, key })),
        { sync: false }
      )
  const aside = new Set(await database.keys(SHELF.aside))
  let sequence = 0
  let count = 0
  const latest = new Map<string, { counter: number; id: string }>()
  for (const first of [true, false])
    for (const ids of chunks(await database.keys(SHELF.doc))) {
      signal?.throwIfAborted()
      const writes: Write[] = []
      for (const id of ids) {
        const value = await database.get(SHELF.doc, id)
        const kept = readKept(id, value!)
        if (isNamed(kept.kind) !== first) continue
        if (aside.has(id)) writes.push({ shelf: SHELF.aside, key: id })
        const index = indexOf(kept)
        const other = index.latest && latest.get(index.latest.name)
        if (index.latest && other && other.counter >= index.latest.counter) {
          writes.push({ shelf: SHELF.doc, key: id })
          continue
        }
        if (index.latest) {
          if (other) {
            writes.push({ shelf: SHELF.doc, key: other.id })
            count--
          }
          latest.set(index.latest.name, { counter: index.latest.counter, id })
        }
        count++
        sequence++
        writes.push(...indexWrites(kept, index, sequence), {
          shelf: SHELF.feed,
          key: padded(sequence),
          value: feedValue(kept, index.action)
        })
      }
      await database.write(writes, { sync: false })
    }
  await database.write([countWrite(count)], { sync: true })
}

/** Kinds that answers and memberships name. */
const isNamed = (kind: string): boolean => isActionKind(kind) || kind === 'gumshoe/grant/1'

const chunks = (keys: readonly string[]): string[][] => {
  const all: string[][] = []
  for (let at = 0; at < keys.length; at += AT_ONCE) all.push(keys.slice(at, at + AT_ONCE))
  return all
}
