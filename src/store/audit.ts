import { decodeCbor, encodeCbor } from '../codec.ts'
import { decodeEnvelope, documentId } from '../documents/envelope.ts'
import type { Database, Write } from './database.ts'

export interface Audit {
  /** Documents that hold. */
  readonly sound: number
  /** Ids of documents that were set aside as damaged, to be filled again from other nodes. */
  readonly damaged: readonly string[]
  /** Documents that the counter knows and the store does not have: lost without a trace. */
  readonly missing: number
  /** Damaged entries of indexes, removed. */
  readonly indexes: number
}

const INDEXES = ['feed', 'about', 'latest']

/** The document in a record, checked down to its id: SHA-256 of its bytes. */
const holds = (id: string, value: Uint8Array): boolean => {
  try {
    const [, envelope] = decodeCbor(value) as [string, Uint8Array]
    return documentId(decodeEnvelope(envelope).bytes) === id
  } catch {
    return false
  }
}

/**
 * Reads every record of a store of documents, sets aside what is damaged (shelf `aside`), mends the counter and tells what
 * is lost. With `dryRun` it only tells. Run after an unclean stop and weekly in the background (threats.md, F5, T17).
 */
export const audit = async (
  database: Database,
  options: { dryRun?: boolean; signal?: AbortSignal } = {}
): Promise<Audit> => {
  const damaged: string[] = []
  const mend: Write[] = []
  let sound = 0
  for await (const { key, value } of database.entries('doc')) {
    options.signal?.throwIfAborted()
    if (value !== undefined && holds(key, value)) {
      sound++
      continue
    }
    damaged.push(key)
    mend.push({ shelf: 'doc', key }, { shelf: 'aside', key, value: value ?? new Uint8Array() })
  }
  let indexes = 0
  for (const shelf of INDEXES)
    for await (const { key, value } of database.entries(shelf))
      if (value === undefined) {
        indexes++
        mend.push({ shelf, key })
      }
  const counter = await database.get('meta', 'count').catch(() => undefined)
  const counted = counter === undefined ? 0 : (decodeCbor(counter) as number)
  const missing = Math.max(0, counted - sound - damaged.length)
  mend.push({ shelf: 'meta', key: 'count', value: encodeCbor(sound) })
  if (!options.dryRun) await database.write(mend, { sync: true })
  return { sound, damaged, missing, indexes }
}
