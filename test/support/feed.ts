import type { Connected } from '../../console/connect.ts'
import type { Kind } from '../../src/documents/read.ts'
import type { FeedItem, FollowFilter, Parcel, SyncClient } from '../../src/mesh/sync/ports.ts'
import { idOf } from './answers.ts'
import { testClock } from './mesh.ts'

/** A document as a node's feed tells it. */
export const feedItem = (kind: Kind, parcel: Parcel, change: Partial<FeedItem> = {}): FeedItem => ({
  cursor: { node: 'n', incarnation: 'i', sequence: 1 },
  kind,
  id: idOf(parcel.envelope),
  parcel,
  live: false,
  ...change
})

/** A node whose feed is this. */
export const tellingNode = (
  peer: string,
  tell: (filter: FollowFilter, signal: AbortSignal) => AsyncIterable<FeedItem> | Iterable<FeedItem>
): SyncClient =>
  ({
    peer,
    async *follow(filter: FollowFilter, _: unknown, signal: AbortSignal) {
      yield* tell(filter, signal)
    }
  }) as unknown as SyncClient

/** A console that has reached these nodes, and notes which of them it leaves and what it says. */
export const reached = (...nodes: SyncClient[]) => {
  const left: string[] = []
  const heard: string[] = []
  const tell = (line: string) => void heard.push(line)
  const connected = {
    nodes: async () => nodes.filter(({ peer }) => !left.includes(peer)),
    leave: ({ peer }: SyncClient) => void left.push(peer),
    onNode: () => () => undefined,
    context: { clock: testClock, tell }
  } as unknown as Connected
  return { connected, left, heard }
}
