import { Level } from 'level'
import { decodeEnvelope, documentId, encodeEnvelope } from '../../src/documents/envelope.ts'
import type { FeedItem } from '../../src/mesh/sync/ports.ts'
import type { Documents } from '../../src/store/documents.ts'
import type { Index, IndexOf, Kept } from '../../src/store/kept.ts'

export const ACTION = 'ac'.repeat(32)

/** A document whose bytes are this text; stores judge no more of one than its id. */
export const textDocument = (text: string, kind = 'gumshoe/answer/1', body?: Uint8Array): Kept => {
  const bytes = new TextEncoder().encode(text)
  const envelope = encodeEnvelope({ bytes, signatures: [new Uint8Array([1])] })
  return { kind, id: documentId(bytes), parcel: { envelope, ...(body && { body }) } }
}

/** Everything answers one action; a presence `name 7` is the seventh of its name. */
export const textIndex: IndexOf = ({ kind, parcel }): Index => {
  const text = new TextDecoder().decode(decodeEnvelope(parcel.envelope).bytes)
  const presence = /(\w+) (\d+)/.exec(text)
  if (kind === 'gumshoe/presence/1' && presence)
    return { latest: { name: presence[1]!, counter: Number(presence[2]) } }
  return { action: ACTION, place: 'agent/' }
}

/** Puts `count` answers, `prefix-0`, … */
export const fill = async (documents: Documents, count: number, prefix = 'answer'): Promise<Kept[]> => {
  const all = Array.from({ length: count }, (_, i) =>
    textDocument(`${prefix}-${i}`, undefined, new Uint8Array(300).fill(i))
  )
  await Promise.all(all.map(kept => documents.put(kept, textIndex(kept))))
  return all
}

/** Ids that a follower from zero is told, up to now. */
export const told = async (documents: Documents): Promise<string[]> => {
  const ids: string[] = []
  for await (const item of documents.follow({ untilNow: true }, [], new AbortController().signal))
    if (!('caughtUp' in item)) ids.push((item as FeedItem).id)
  return ids
}

/** Puts a record into a closed store that does not hold its hash, past the code that writes hashes. */
export const breakRecord = async (directory: string, shelf: string, key: string): Promise<void> => {
  const level = new Level<string, Uint8Array>(directory, { valueEncoding: 'view' })
  await level.put(`${shelf}/${key}`, new Uint8Array(20))
  await level.close()
}
