import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import { KINDS, type Kind, read } from '../../src/documents/read.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import type { FeedItem, FeedMark, FollowFilter } from '../../src/mesh/sync/ports.ts'

/** What one node may tell in one feed before it is left: an honest one tells less. */
export interface FeedBounds {
  /** Documents and marks of any sort. */
  readonly items: number
  /** Of what is held, envelopes and bodies. */
  readonly bytes: number
  /** From the first word to the last, in ms. */
  readonly ms: number
  /** Documents that were not asked for. */
  readonly strays: number
}

export const FEED_BOUNDS: FeedBounds = {
  items: LIMITS.feedItems,
  bytes: LIMITS.feedBytes,
  ms: LIMITS.feedMs,
  strays: LIMITS.feedStrays
}

/**
 * A document is what its bytes are, not what a node calls it: it must hash to its id, be of its kind and of those asked
 * for, be about the action, and have a body only where it is an answer. Who signed it is not judged here.
 */
export const isAskedFor = ({ kind, id, parcel }: FeedItem, { kinds, action }: FollowFilter): boolean => {
  if (!Object.hasOwn(KINDS, kind) || (kinds && !kinds.includes(kind))) return false
  if (parcel.body !== undefined && kind !== 'gumshoe/answer/1') return false
  try {
    const { bytes } = decodeEnvelope(parcel.envelope)
    if (documentId(bytes) !== id) return false
    const document = read(bytes, kind as Kind)
    if (action === undefined || action === id) return true
    return 'action' in document && document.action === action
  } catch {
    return false
  }
}

/** Counts what one node tells in one feed. */
export class Account {
  readonly #peer: string
  readonly #filter: FollowFilter
  readonly #bounds: FeedBounds
  readonly #begun: number
  readonly #told = { items: 0, bytes: 0, strays: 0 }

  constructor(peer: string, filter: FollowFilter, bounds: FeedBounds, begun: number) {
    this.#peer = peer
    this.#filter = filter
    this.#bounds = bounds
    this.#begun = begun
  }

  /** True for a document that was asked for. Throws `protocol` once there is more of anything than an honest node has. */
  take(item: FeedItem | FeedMark, now: number): item is FeedItem {
    this.#check('items', ++this.#told.items)
    this.#check('ms', now - this.#begun)
    if ('caughtUp' in item) return false
    if (isAskedFor(item, this.#filter)) return true
    this.#check('strays', ++this.#told.strays)
    return false
  }

  /** A document that is kept in memory. Throws as `take` does. */
  hold({ parcel: { envelope, body } }: FeedItem): void {
    this.#told.bytes += envelope.length + (body?.length ?? 0)
    this.#check('bytes', this.#told.bytes)
  }

  #check(what: keyof FeedBounds, told: number): void {
    if (told > this.#bounds[what])
      throw new GumshoeError('protocol', `The node ${this.#peer} tells ${TOO_MUCH[what]}.`)
  }
}

const TOO_MUCH: Readonly<Record<keyof FeedBounds, string>> = {
  items: 'more documents than any mesh has',
  bytes: 'more bytes than any question is answered with',
  ms: 'what it has without coming to an end',
  strays: 'what it was not asked for'
}
