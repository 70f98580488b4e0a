import type { Clock } from '../clock.ts'
import { LIMITS } from '../limits.ts'
import type { Caller } from './sync/ports.ts'

/** How much one peer may cause: refill a second, the most that may come at once, and what it may owe before it is out. */
interface Rate {
  readonly perSecond: number
  readonly burst: number
  readonly debt: number
}

/**
 * `item`: anything inside gossip's frames (messages, duplicates too, subscriptions, control), each some 20 µs. `check`:
 * a message that the gate must look at, up to a millisecond of crypto. `reject`: one that every honest node would have
 * rejected, so that an honest forwarder sends none. `request`: one request of the stream protocol.
 */
export type What = 'item' | 'check' | 'reject' | 'request'

/**
 * Rates by the role of the peer (threats.md, T14). A check above is not made, a request above waits and holds back the
 * stream behind it, and a peer that owes too many items is expelled.
 */
/** A program of another version is forgiven a few; a forger is out at once. */
const REJECT: Rate = { perSecond: 0.2, burst: 8, debt: 0 }

export const RATES: Record<Caller['role'], Record<What, Rate>> = {
  agent: {
    // Its neighbours' and its hubs' announcements: a few a heartbeat. 2,000 a second are out after 5 s.
    item: { perSecond: 500, burst: 2_000, debt: 5_000 },
    // It forwards what it hears; a fleet's question costs it a few messages.
    check: { perSecond: LIMITS.peerMessagesPerS, burst: 2 * LIMITS.peerMessagesPerS, debt: 0 },
    reject: REJECT,
    // A catch-up after a week away is some hundred requests, an outbox likewise.
    request: { perSecond: 200, burst: 1_000, debt: 1_000 }
  },
  node: {
    // Announcements of LIMITS.topics each heartbeat, and everything that a mesh says.
    item: { perSecond: 5_000, burst: 20_000, debt: 50_000 },
    check: { perSecond: 2_000, burst: 10_000, debt: 0 },
    reject: REJECT,
    // It replicates for everyone.
    request: { perSecond: 20_000, burst: 50_000, debt: 50_000 }
  },
  console: {
    item: { perSecond: 500, burst: 2_000, debt: 5_000 },
    // A person types.
    check: { perSecond: 20, burst: 100, debt: 0 },
    reject: REJECT,
    // Keywraps come in bundles of one a reader.
    request: { perSecond: 200, burst: 1_000, debt: 1_000 }
  }
}

/** Token buckets by peer, on monotonic time; a peer that has gone is forgotten. */
export class Rates {
  readonly #clock: Clock
  readonly #buckets = new Map<string, Map<What, { left: number; at: number }>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes one where there is one; false where the peer has none left. */
  take(caller: Caller, what: What): boolean {
    const bucket = this.#filled(caller, what)
    if (bucket.left < 1) return false
    bucket.left--
    return true
  }

  /** Takes `count` even where there are none; false once the peer owes more than it may. */
  charge(caller: Caller, what: What, count: number): boolean {
    const bucket = this.#filled(caller, what)
    const { debt } = RATES[caller.role][what]
    bucket.left = Math.max(bucket.left - count, -debt - 1)
    return bucket.left >= -debt
  }

  /** Takes one and tells how long to wait until it is there, in ms. */
  wait(caller: Caller, what: What): number {
    this.charge(caller, what, 1)
    const { left } = this.#filled(caller, what)
    return left >= 0 ? 0 : (-left / RATES[caller.role][what].perSecond) * 1_000
  }

  /** A peer that has gone keeps what it owes, or coming back would be a fresh start; the oldest are forgotten beyond a bound. */
  forget(peer: string): void {
    const buckets = this.#buckets.get(peer)
    if (buckets === undefined) return
    this.#buckets.delete(peer)
    this.#buckets.set(peer, buckets)
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= LIMITS.ratedPeers) return
      this.#buckets.delete(oldest)
    }
  }

  #filled(caller: Caller, what: What): { left: number; at: number } {
    const { perSecond, burst } = RATES[caller.role][what]
    const now = this.#clock.monotonic()
    const buckets = this.#buckets.get(caller.peer) ?? new Map<What, { left: number; at: number }>()
    this.#buckets.set(caller.peer, buckets)
    const bucket = buckets.get(what) ?? { left: burst, at: now }
    buckets.set(what, bucket)
    bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1_000) * perSecond)
    bucket.at = now
    return bucket
  }
}
