import { codeOf } from '../src/errors.ts'
import type { Log } from '../src/log.ts'
import type { SyncClient } from '../src/mesh/sync/ports.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import type { Judge } from './judge.ts'

export interface CatchUpComponents {
  readonly chain: CharterChain
  readonly judge: Pick<Judge, 'take' | 'known'>
  /** Topics of this agent's tags. */
  readonly tags: readonly string[]
  now(): number
  readonly log: Log
}

/** What one frame says in ids of 67 bytes; more open actions than this are brought again and known at once. */
const MOST_IDS = 10_000

/** Charters above ours, one after the other, so that an agent with version 1 takes 2 to 5 in order. */
export const fetchCharters = async (
  client: SyncClient,
  { chain, judge }: Pick<CatchUpComponents, 'chain' | 'judge'>
): Promise<void> => {
  for (;;) {
    const before = chain.current.charter.version
    for (const envelope of await client.charters(before)) await judge.take(envelope)
    if (chain.current.charter.version === before) return
  }
}

/**
 * Brings an agent up to what one node has: charters and cancels first, then every open action of its topics that it does
 * not know. Gossip is the fast path; this is the guarantee (threats.md, F1). Resolves to how many actions it took; throws
 * why one of them could not be had, after all others, so that it is asked for again.
 */
export const catchUp = async (client: SyncClient, components: CatchUpComponents): Promise<number> => {
  const { judge, tags, log, now } = components
  await fetchCharters(client, components)
  const { missing, cancels } = await client.open(tags, judge.known(now()).slice(-MOST_IDS))
  for (const envelope of cancels) await judge.take(envelope)
  let taken = 0
  const failures: unknown[] = []
  for (const id of missing) {
    try {
      const parcel = await client.want(id)
      if (parcel === undefined) continue
      await judge.take(parcel.envelope)
      taken++
    } catch (error) {
      failures.push(error)
      log('debug', 'not-fetched', { id, from: client.peer, code: codeOf(error) })
    }
  }
  if (taken > 0) log('info', 'caught-up', { from: client.peer, actions: taken })
  if (failures.length > 0) throw failures[0]
  return taken
}
