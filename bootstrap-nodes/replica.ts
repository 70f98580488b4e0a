import type { Clock } from '../src/clock.ts'
import { decodeCbor, encodeCbor } from '../src/codec.ts'
import { codeOf, type ErrorCode } from '../src/errors.ts'
import type { Cursor, Parcel, SyncClient } from '../src/mesh/sync/ports.ts'
import type { Database } from '../src/store/database.ts'
import type { Documents } from '../src/store/documents.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import type { Keeper } from './keeper.ts'
import { Waiting } from './waiting.ts'

/** Cursors are written after so many documents, so that a restart repeats few. */
const SAVE_EVERY = 200
/** Documents that are taken together share one synced write: one by one, 10,000 answers cost as many syncs of the disk. */
const AT_ONCE = 64
/** Kinds that no other names: their order does not matter. */
const UNNAMED: ReadonlySet<string> = new Set(['gumshoe/answer/1', 'gumshoe/dropped/1'])
/** Documents that could not be taken yet (what they name comes later), a full disk and a broken stream are tried again this often. */
const RETRY_MS = 2_000

export interface ReplicaComponents {
  readonly clock: Clock
  readonly database: Database
  readonly documents: Documents
  readonly chain: CharterChain
  readonly keeper: Pick<Keeper, 'put'>
  log(level: 'debug' | 'info' | 'warn', event: string, fields?: Record<string, unknown>): void
}

/** Codes after which the same document may be taken later. */
const LATER: readonly ErrorCode[] = ['not-found', 'not-a-member', 'charter-newer', 'not-yet-valid']
/** Codes of our own disk: every other document would fare as this one does. */
const HOLDS_UP: readonly ErrorCode[] = ['disk-full', 'store-damaged']

/**
 * Takes over everything that another bootstrap node keeps, for as long as it is connected: newer charters, what was
 * damaged here, then its change feed from where we stood; a new incarnation of it starts from zero. A stream that breaks
 * is begun again; nothing that the other sends ends this.
 */
export const replicate = async (
  client: SyncClient,
  components: ReplicaComponents,
  signal: AbortSignal
): Promise<void> => {
  const { clock, log } = components
  while (!signal.aborted) {
    try {
      await takeNewerCharters(client, components)
      const asked = new Set<string>()
      await refill(client, components, asked)
      // A look at every record (LIMITS.scrubMs) may find more while this goes on.
      await followFeed(client, components, signal, () => refill(client, components, asked))
    } catch (error) {
      if (signal.aborted) return
      log('debug', 'replica-failed', { from: client.peer, code: codeOf(error), error: String(error) })
    }
    await clock.sleep(RETRY_MS, signal, true).catch(() => undefined)
  }
}

/** Takes up the charter versions that another node has above ours, in order. */
export const takeNewerCharters = async (
  client: SyncClient,
  { chain, keeper }: Pick<ReplicaComponents, 'chain' | 'keeper'>
): Promise<void> => {
  const { charterVersion } = await client.hello()
  while (charterVersion > chain.current.charter.version) {
    const before = chain.current.charter.version
    for (const envelope of await client.charters(before)) await keeper.put('node', { envelope })
    if (chain.current.charter.version === before) return
  }
}

/** Asks by id for what was set aside as damaged, each once while it is connected. */
const refill = async (
  client: SyncClient,
  { documents, keeper, log }: ReplicaComponents,
  asked: Set<string>
): Promise<void> => {
  let filled = 0
  const fill = async (id: string): Promise<void> => {
    const parcel = await client.want(id)
    if (parcel === undefined) return
    await keeper.put('node', parcel).then(
      () => filled++,
      error => log('debug', 'not-refilled', { id, code: codeOf(error) })
    )
  }
  const missing = documents.missing().filter(id => !asked.has(id))
  for (const id of missing) asked.add(id)
  for (let at = 0; at < missing.length; at += AT_ONCE)
    await Promise.all(missing.slice(at, at + AT_ONCE).map(fill))
  if (filled > 0) log('info', 'refilled', { from: client.peer, documents: filled })
}

const followFeed = async (
  client: SyncClient,
  components: ReplicaComponents,
  signal: AbortSignal,
  refillMore: () => Promise<void>
): Promise<void> => {
  const { clock, database, documents, keeper, log } = components
  const waiting = new Waiting()
  /** Tries to take one; keeps it for later where that may help. A disk that takes nothing holds everything up: nothing is skipped. */
  const take = async (parcel: Parcel, tries: number): Promise<void> => {
    for (;;) {
      try {
        await keeper.put('node', parcel)
        return
      } catch (error) {
        const code = codeOf(error)
        if (HOLDS_UP.includes(code)) {
          await clock.sleep(RETRY_MS, signal, true)
          continue
        }
        if (LATER.includes(code) && waiting.add(parcel, tries + 1)) return
        log('debug', 'not-replicated', { from: client.peer, code })
        return
      }
    }
  }
  const retry = async () => {
    for (const { parcel, tries } of waiting.takeAll()) await take(parcel, tries)
  }
  const flight = new Set<Promise<void>>()
  const start = (parcel: Parcel): void => {
    const work = take(parcel, 0).finally(() => flight.delete(work))
    // Whoever waits for it hears of a failure; until then it is nobody's.
    work.catch(() => undefined)
    flight.add(work)
  }
  const landed = async (): Promise<void> => void (await Promise.all(flight))
  let retrying: Promise<void> | undefined
  const again = setInterval(() => {
    retrying ??= retry()
      .then(refillMore)
      .catch(() => undefined)
      .finally(() => (retrying = undefined))
  }, RETRY_MS)
  again.unref()
  let since = 0
  try {
    for await (const item of client.follow({}, await readCursor(database, client.peer), signal)) {
      const isMark = 'caughtUp' in item
      if (!isMark && UNNAMED.has(item.kind)) {
        if (flight.size >= AT_ONCE) await Promise.race(flight)
        start(item.parcel)
      } else {
        await landed()
        if (isMark) {
          await retry()
          log('debug', 'replicated', { from: client.peer, sequence: item.cursor.sequence })
        } else await take(item.parcel, 0)
      }
      if (!isMark && ++since < SAVE_EVERY) continue
      // A cursor says that everything before it is kept.
      await landed()
      if (waiting.size > 0) continue
      since = 0
      await saveCursor(documents, client.peer, item.cursor)
    }
  } finally {
    clearInterval(again)
    await Promise.allSettled(flight)
    await retrying
  }
}

const readCursor = async (database: Database, peer: string): Promise<Cursor[]> => {
  const kept = await database.get(CURSOR, peer).catch(() => undefined)
  return kept === undefined ? [] : [decodeCbor(kept) as Cursor]
}

/** Under the peer that was asked: what it says of itself may lead nowhere but to its own place. */
const saveCursor = (documents: Documents, peer: string, { node, incarnation, sequence }: Cursor) =>
  documents.note({ shelf: CURSOR, key: peer, value: encodeCbor({ node, incarnation, sequence }) })

const CURSOR = 'cursor'

/** Forgets how far others were followed, so that what was lost here is fetched again. */
export const followFromZero = async (database: Database): Promise<void> => {
  const keys = await database.keys(CURSOR)
  await database.write(
    keys.map(key => ({ shelf: CURSOR, key })),
    { sync: true }
  )
}
