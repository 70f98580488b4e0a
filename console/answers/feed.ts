import { count } from '../../src/cli/count.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { sha256, toHex } from '../../src/codec.ts'
import { codeOf, GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import type { FeedItem, FollowFilter, SyncClient } from '../../src/mesh/sync/ports.ts'
import type { Connected } from '../connect.ts'
import { settledSoon } from '../soon.ts'
import { Account, FEED_BOUNDS, type FeedBounds } from './asked-for.ts'

/** A document with all that came beside it: a copy with a swapped body or without a signature stands in for no other (threats.md, T4). */
const copyOf = ({ id, parcel: { envelope, body } }: FeedItem): string =>
  `${id} ${toHex(sha256(envelope, body ?? new Uint8Array()))}`

export interface CollectOptions {
  /** False where no sealed body is needed: none is held. */
  readonly bodies?: boolean
  /** What is held of that which was asked for; all of it when absent. */
  readonly wanted?: (item: FeedItem) => boolean
  readonly bounds?: FeedBounds
  readonly clock?: Clock
  /** Told of a node that does what no honest one does. */
  readonly leave?: (node: SyncClient, why: unknown) => void
  /** Told of hosts whose answers fill so much that the rest of them was left out. */
  readonly crowded?: (hosts: ReadonlySet<string>) => void
}

/**
 * Everything that the nodes have for a filter now, each copy once, whoever had it. A node that fails or keeps silent is
 * passed over while another one answered; one that tells what was not asked for, or without end, is left (threats.md, T4).
 * Throws what the first one failed with, or `timeout`.
 */
export const collect = async (
  nodes: readonly SyncClient[],
  filter: FollowFilter,
  options: CollectOptions = {}
): Promise<FeedItem[]> => {
  const {
    bodies = true,
    wanted = () => true,
    bounds = FEED_BOUNDS,
    clock = systemClock,
    leave,
    crowded
  } = options
  const items = new Map<string, FeedItem>()
  const late = new AbortController()
  const hear = async (node: SyncClient): Promise<void> => {
    const silent = new AbortController()
    const silence = setTimeout(() => silent.abort(), LIMITS.requestMs)
    const account = new Account(node.peer, filter, bounds, clock.monotonic())
    try {
      const signal = AbortSignal.any([late.signal, silent.signal])
      for await (const item of node.follow({ ...filter, untilNow: true }, [], signal)) {
        silence.refresh()
        if (!account.take(item, clock.monotonic()) || !wanted(item)) continue
        const held = bodies ? item : { ...item, parcel: { envelope: item.parcel.envelope } }
        if (!account.hold(held)) continue
        items.set(copyOf(held), held)
      }
      if (account.crowding.size > 0) crowded?.(account.crowding)
      if (signal.aborted) throw new GumshoeError('timeout', `${node.peer} does not tell what it has.`)
    } catch (error) {
      // Also where nobody waits for it any more.
      if (codeOf(error) === 'protocol') leave?.(node, error)
      throw error
    } finally {
      clearTimeout(silence)
    }
  }
  const results = await settledSoon(nodes.map(hear))
  late.abort()
  const failed = results.find(result => result?.status === 'rejected')
  if (failed?.status === 'rejected' && !results.some(result => result?.status === 'fulfilled'))
    throw failed.reason
  return [...items.values()]
}

/** The same of every node that was reached; one that is left is asked nothing more. */
export const collectAll = async (
  connected: Pick<Connected, 'nodes' | 'leave' | 'context'>,
  filter: FollowFilter,
  options: CollectOptions = {}
): Promise<FeedItem[]> => {
  const { leave, context } = connected
  const crowded = (hosts: ReadonlySet<string>) =>
    context.tell(
      `Left out: the rest of what ${count(hosts.size, 'host')} said, who fill more than their share: ${[...hosts].join(', ')}`
    )
  return collect(await connected.nodes(), filter, { leave, crowded, clock: context.clock, ...options })
}

/** Follows every node, also one that comes (back) later, until the signal; each copy once. */
export const followAll = async (
  connected: Connected,
  filter: FollowFilter,
  signal: AbortSignal,
  take: (item: FeedItem) => void
): Promise<void> => {
  const { clock } = connected.context
  const seen = new Set<string>()
  const follow = async (node: SyncClient): Promise<void> => {
    // For as long as the person waits; what is taken is bounded by who may answer.
    const bounds = { ...FEED_BOUNDS, bytes: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY }
    const account = new Account(node.peer, filter, bounds, clock.monotonic())
    try {
      for await (const item of node.follow(filter, [], signal)) {
        if (!account.take(item, clock.monotonic()) || seen.has(copyOf(item))) continue
        seen.add(copyOf(item))
        take(item)
      }
    } catch (error) {
      if (codeOf(error) === 'protocol') connected.leave(node, error)
      // The feed broke off: the node is followed again when it is back; the others go on meanwhile.
    }
  }
  const stop = connected.onNode(node => void follow(node))
  for (const node of await connected.nodes()) void follow(node)
  if (!signal.aborted)
    await new Promise<void>(done => signal.addEventListener('abort', () => done(), { once: true }))
  stop()
}
