import type { Clock } from '../clock.ts'
import type { Caller } from './sync/ports.ts'

/** How much one peer may ask: refill a second and the most that may come at once. */
interface Rate {
  readonly perSecond: number
  readonly burst: number
}

type What = 'gossip' | 'request'

/**
 * Rates by the role of the peer, with the reason of each (threats.md, T14). What is above is ignored (gossip) or answered
 * `rate` (requests); it is never queued.
 */
export const RATES: Record<Caller['role'], Record<What, Rate>> = {
  // An agent forwards what it hears and puts its answers: a fleet's question costs it a few messages.
  agent: { gossip: { perSecond: 200, burst: 400 }, request: { perSecond: 200, burst: 1_000 } },
  // A hub forwards and replicates for everyone.
  node: { gossip: { perSecond: 2_000, burst: 10_000 }, request: { perSecond: 20_000, burst: 50_000 } },
  // A person types; keywraps come in bundles of one a reader.
  console: { gossip: { perSecond: 20, burst: 100 }, request: { perSecond: 100, burst: 500 } }
}

/** Token buckets by peer; a peer that has gone is forgotten. */
export class Rates {
  readonly #clock: Clock
  readonly #buckets = new Map<string, { left: number; at: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes one token; false where the peer has none left. */
  take(caller: Caller, what: What): boolean {
    const { perSecond, burst } = RATES[caller.role][what]
    const name = `${what} ${caller.peer}`
    const now = this.#clock.monotonic()
    const bucket = this.#buckets.get(name) ?? { left: burst, at: now }
    const left = Math.min(burst, bucket.left + ((now - bucket.at) / 1_000) * perSecond)
    this.#buckets.set(name, { left: Math.max(0, left - 1), at: now })
    return left >= 1
  }

  forget(peer: string): void {
    this.#buckets.delete(`gossip ${peer}`)
    this.#buckets.delete(`request ${peer}`)
  }
}
