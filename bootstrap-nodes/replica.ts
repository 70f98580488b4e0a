import { decodeCbor, encodeCbor } from '../src/codec.ts'
import { codeOf, type ErrorCode } from '../src/errors.ts'
import type { Cursor, SyncClient } from '../src/mesh/sync/ports.ts'
import type { Database } from '../src/store/database.ts'
import type { Keeper } from './keeper.ts'

/** Cursors are written after so many documents, so that a restart repeats few. */
const SAVE_EVERY = 200
/** Documents that could not be taken yet (their action or grant comes later) are tried again this often. */
const RETRY_MS = 2_000

export interface ReplicaComponents {
  readonly database: Database
  readonly keeper: Keeper
  log(level: 'debug' | 'info' | 'warn', event: string, fields?: Record<string, unknown>): void
}

/** Codes after which the same document may be taken later. */
const LATER: readonly ErrorCode[] = [
  'not-found',
  'not-a-member',
  'charter-newer',
  'disk-full',
  'not-yet-valid'
]

/** Takes over everything that another bootstrap node keeps, by its change feed, for as long as it is connected; a new incarnation starts from zero. */
export const replicate = async (
  client: SyncClient,
  components: ReplicaComponents,
  signal: AbortSignal
): Promise<void> => {
  const { database, keeper, log } = components
  const save = (cursor: Cursor) =>
    database.write([{ shelf: 'cursor', key: cursor.node, value: encodeCbor({ ...cursor }) }], { sync: false })
  const kept = await database.get('cursor', client.peer).catch(() => undefined)
  const from = kept === undefined ? [] : [decodeCbor(kept) as Cursor]
  const waiting: { envelope: Uint8Array; body?: Uint8Array }[] = []
  const retry = async () => {
    for (const parcel of waiting.splice(0)) {
      await keeper.put('node', parcel).catch(error => {
        if (LATER.includes(codeOf(error)) && waiting.length < 10_000) waiting.push(parcel)
      })
    }
  }
  const again = setInterval(() => void retry(), RETRY_MS)
  let since = 0
  try {
    for await (const item of client.follow({}, from, signal)) {
      if ('caughtUp' in item) {
        await retry()
        if (waiting.length === 0) await save(item.cursor)
        log('debug', 'replicated', { from: client.peer, sequence: item.cursor.sequence })
        continue
      }
      await keeper.put('node', item.parcel).catch(error => {
        const code = codeOf(error)
        if (LATER.includes(code)) waiting.push(item.parcel)
        else log('debug', 'not-replicated', { kind: item.kind, id: item.id, code })
      })
      if (++since >= SAVE_EVERY && waiting.length === 0) {
        since = 0
        await save(item.cursor)
      }
    }
  } finally {
    clearInterval(again)
  }
}

/** Forgets how far others were followed, so that what was lost here is fetched again. */
export const followFromZero = async (database: Database): Promise<void> => {
  const keys = await database.keys('cursor')
  await database.write(
    keys.map(key => ({ shelf: 'cursor', key })),
    { sync: true }
  )
}
