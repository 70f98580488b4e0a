import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import type { FeedItem, FeedMark, FollowFilter, SyncClient } from '../../src/mesh/sync/ports.ts'
import type { Connected } from '../connect.ts'

/** A document is what its bytes are, not what a node calls it: what does not hash to its id is passed over. */
const isItself = (item: FeedItem | FeedMark): item is FeedItem => {
  if ('caughtUp' in item) return false
  try {
    return documentId(decodeEnvelope(item.parcel.envelope).bytes) === item.id
  } catch {
    return false
  }
}

/** Everything that the nodes have for a filter now, each document once, whoever had it. A node that fails in between is passed over while another one answered. */
export const collect = async (nodes: readonly SyncClient[], filter: FollowFilter): Promise<FeedItem[]> => {
  const items = new Map<string, FeedItem>()
  const results = await Promise.allSettled(
    nodes.map(async node => {
      for await (const item of node.follow({ ...filter, untilNow: true }, [], new AbortController().signal))
        if (isItself(item)) items.set(item.id, item)
    })
  )
  const failed = results.filter(result => result.status === 'rejected')
  if (failed.length > 0 && failed.length === nodes.length) throw failed[0]!.reason
  return [...items.values()]
}

/** Follows every node, also one that comes (back) later, until the signal; each document once. */
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
        if (!isItself(item) || seen.has(item.id)) continue
        seen.add(item.id)
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
