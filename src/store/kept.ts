import { encodeCbor } from '../codec.ts'
import { decodeEnvelope, documentId } from '../documents/envelope.ts'
import { GumshoeError } from '../errors.ts'
import type { Parcel } from '../mesh/sync/ports.ts'
import type { Write } from './database.ts'
import { decodeItems, encodeItems, encodeNumber } from './encode.ts'

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

/** What a document is found by, from the document alone: an audit writes indexes again by it. */
export type IndexOf = (kept: Kept) => Index

/**
 * Shelves: documents by id, the feed by sequence, what concerns a subject, the latest by name, counters, and what was set
 * aside as damaged (by id, until it is here again).
 */
export const SHELF = {
  doc: 'doc',
  feed: 'feed',
  about: 'about',
  latest: 'latest',
  meta: 'meta',
  aside: 'aside'
} as const

/** Digits of a number in a key, so that keys sort as numbers do. */
export const padded = (number: number): string => String(number).padStart(16, '0')

export const docWrite = ({ id, kind, parcel }: Kept): Write => ({
  shelf: SHELF.doc,
  key: id,
  value: encodeItems([kind, parcel.envelope, ...(parcel.body ? [parcel.body] : [])])
})

/** Throws `store-damaged` where the record holds another document, or none. */
export const readKept = (id: string, value: Uint8Array): Kept => {
  try {
    const [kind, envelope, body] = decodeItems(value) as [string, Uint8Array, Uint8Array?]
    if (typeof kind !== 'string' || documentId(decodeEnvelope(envelope).bytes) !== id)
      throw new Error('It is another document.')
    return { kind, id, parcel: body === undefined ? { envelope } : { envelope, body } }
  } catch (cause) {
    throw new GumshoeError('store-damaged', `The document ${id} is damaged.`, { cause })
  }
}

/** The entries by which a document is found; `sequence` is its place in the feed. */
export const indexWrites = ({ id, kind, parcel }: Kept, index: Index, sequence: number): Write[] => {
  const own = index.action === undefined ? [] : [{ subject: index.action, place: index.place ?? '' }]
  const value = encodeNumber(parcel.envelope.length + (parcel.body?.length ?? 0))
  const writes: Write[] = [...own, ...(index.also ?? [])].map(({ subject, place }) => ({
    shelf: SHELF.about,
    key: `${subject}/${kind}/${place}/${id}`,
    value
  }))
  if (index.latest)
    writes.push({
      shelf: SHELF.latest,
      key: index.latest.name,
      value: encodeCbor([index.latest.counter, id, sequence])
    })
  return writes
}

/** What the change feed says of a document. */
export const feedValue = ({ id, kind }: Kept, action: string | undefined): Uint8Array =>
  encodeItems([kind, id, ...(action === undefined ? [] : [action])])

export const readFeed = (value: Uint8Array): { kind: string; id: string; action?: string } => {
  const [kind, id, action] = decodeItems(value) as [string, string, string?]
  return { kind, id, ...(action !== undefined && { action }) }
}
