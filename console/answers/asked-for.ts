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
  /** Of one host's answers to one action, held or not: no honest node keeps more. */
  readonly hostBytes: number
  /** From the first word to the last, in ms. */
  readonly ms: number
  /** Documents that were not asked for. */
  readonly strays: number
}

export const FEED_BOUNDS: FeedBounds = {
  items: LIMITS.feedItems,
  bytes: LIMITS.feedBytes,
  hostBytes: LIMITS.feedHostBytes,
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

/** The host whose answer it is, by the bytes that were asked for. */
const answeredBy = ({ kind, parcel }: FeedItem): string | undefined =>
  kind === 'gumshoe/answer/1' ? read(decodeEnvelope(parcel.envelope).bytes, kind).agent : undefined

/** Counts what one node tells in one feed. */
export class Account {
  readonly #peer: string
  readonly #filter: FollowFilter
  readonly #bounds: FeedBounds
  readonly #begun: number
  readonly #told = { items: 0, bytes: 0, strays: 0 }
  /** By host, what the node told of its answers. */
  readonly #hosts = new Map<string, number>()
  /** Hosts of whom something was left out, so that the others have room. */
  readonly crowding = new Set<string>()

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

  /**
   * True for a document that is to be kept in memory. Once half of the room is taken, a host that has filled more than its
   * share of it is heard no further: some hosts of one attacker must not have the node left that tells what they say
   * (threats.md, T3). Throws as `take` does.
   */
  hold(item: FeedItem): boolean {
    const { envelope, body } = item.parcel
    const size = envelope.length + (body?.length ?? 0)
    const host = answeredBy(item)
    const own = size + (host === undefined ? 0 : (this.#hosts.get(host) ?? 0))
    if (host !== undefined) {
      this.#hosts.set(host, own)
      this.#check('hostBytes', own)
      if (this.#told.bytes + size > this.#bounds.bytes / 2 && own > LIMITS.feedShareBytes) {
        this.crowding.add(host)
        return false
      }
    }
    this.#told.bytes += size
    this.#check('bytes', this.#told.bytes)
    return true
  }

  #check(what: keyof FeedBounds, told: number): void {
    if (told > this.#bounds[what])
      throw new GumshoeError('protocol', `The node ${this.#peer} tells ${TOO_MUCH[what]}.`)
  }
}

const TOO_MUCH: Readonly<Record<keyof FeedBounds, string>> = {
  items: 'more documents than any mesh has',
  bytes: 'more bytes than any question is answered with',
  hostBytes: 'more of one host than any node keeps',
  ms: 'what it has without coming to an end',
  strays: 'what it was not asked for'
}
