import type { FeedItem, FollowFilter, SyncClient } from '../../src/mesh/sync/ports.ts'

/** Everything that the nodes have for a filter now, each document once, whoever had it. A node that fails in between is passed over while another one answered. */
export const collect = async (nodes: readonly SyncClient[], filter: FollowFilter): Promise<FeedItem[]> => {
  const items = new Map<string, FeedItem>()
  const results = await Promise.allSettled(
    nodes.map(async node => {
      for await (const item of node.follow({ ...filter, untilNow: true }, [], new AbortController().signal)) {
        if (!('caughtUp' in item)) items.set(item.id, item)
      }
    })
  )
  const failed = results.filter(result => result.status === 'rejected')
  if (failed.length > 0 && failed.length === nodes.length) throw failed[0]!.reason
  return [...items.values()]
}

/** Follows every node at a time until the signal; each document once. `ended` is called when a node's feed breaks off. */
export const followAll = (
  nodes: readonly SyncClient[],
  filter: FollowFilter,
  signal: AbortSignal,
  take: (item: FeedItem) => void
): Promise<void> => {
  const seen = new Set<string>()
  return Promise.allSettled(
    nodes.map(async node => {
      for await (const item of node.follow(filter, [], signal)) {
        if ('caughtUp' in item || seen.has(item.id)) continue
        seen.add(item.id)
        take(item)
      }
    })
  ).then(() => undefined)
}
