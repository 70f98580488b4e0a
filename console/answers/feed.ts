import { sha256, toHex } from '../../src/codec.ts'
import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import type { FeedItem, FeedMark, FollowFilter, SyncClient } from '../../src/mesh/sync/ports.ts'
import type { Connected } from '../connect.ts'
import { settledSoon } from '../soon.ts'

/** A document is what its bytes are, not what a node calls it: what does not hash to its id is passed over. */
const isItself = (item: FeedItem | FeedMark): item is FeedItem => {
  if ('caughtUp' in item) return false
  try {
    return documentId(decodeEnvelope(item.parcel.envelope).bytes) === item.id
  } catch {
    return false
  }
}

/** A document with all that came beside it: a copy with a swapped body or without a signature stands in for no other (threats.md, T4). */
const copyOf = ({ id, parcel: { envelope, body } }: FeedItem): string =>
  `${id} ${toHex(sha256(envelope, body ?? new Uint8Array()))}`

/**
 * Everything that the nodes have for a filter now, each copy once, whoever had it. A node that fails or keeps silent is
 * passed over while another one answered. Throws what the first one failed with, or `timeout`.
 */
export const collect = async (nodes: readonly SyncClient[], filter: FollowFilter): Promise<FeedItem[]> => {
  const items = new Map<string, FeedItem>()
  const late = new AbortController()
  const silence = setTimeout(() => late.abort(), LIMITS.requestMs)
  const results = await settledSoon(
    nodes.map(async node => {
      for await (const item of node.follow({ ...filter, untilNow: true }, [], late.signal)) {
        silence.refresh()
        if (isItself(item)) items.set(copyOf(item), item)
      }
      if (late.signal.aborted) throw new GumshoeError('timeout', `${node.peer} does not tell what it has.`)
    })
  )
  clearTimeout(silence)
  late.abort()
  const failed = results.find(result => result?.status === 'rejected')
  if (failed?.status === 'rejected' && !results.some(result => result?.status === 'fulfilled'))
    throw failed.reason
  return [...items.values()]
}

/** Follows every node, also one that comes (back) later, until the signal; each copy once. */
export const followAll = async (
  connected: Connected,
  filter: FollowFilter,
  signal: AbortSignal,
  take: (item: FeedItem) => void
): Promise<void> => {
  const seen = new Set<string>()
  const follow = async (node: SyncClient): Promise<void> => {
    try {
      for await (const item of node.follow(filter, [], signal)) {
        if (!isItself(item) || seen.has(copyOf(item))) continue
        seen.add(copyOf(item))
        take(item)
      }
    } catch {
      // The feed broke off: the node is followed again when it is back; the others go on meanwhile.
    }
  }
  const stop = connected.onNode(node => void follow(node))
  for (const node of await connected.nodes()) void follow(node)
  if (!signal.aborted)
    await new Promise<void>(done => signal.addEventListener('abort', () => done(), { once: true }))
  stop()
}
