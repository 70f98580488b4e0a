import type { Clock } from '../clock.ts'
import { canonicalNetwork } from '../documents/target/address.ts'
import { LIMITS } from '../limits.ts'

export const SLOW = {
  /** Members expelled from one address, each within LIMITS.expelledMs of the last, before it is slow: one bad host is one. */
  expulsions: 16,
  /** New connections a second from there: a fleet of 1,000 behind it is back in four minutes, a flooder has 4 % of a core. */
  perSecond: 4,
  /** Such addresses in memory, some 200 bytes each. */
  addresses: 10_000
} as const

interface Entry {
  /** Members that were expelled from here. */
  expelled: number
  /** Monotonic time of the last one. */
  last: number
  /** Connections that are let in at once, as of `at`. */
  left: number
  at: number
}

/**
 * Addresses that many members were expelled from: each new identity of a flooder costs a handshake and a dozen checks, so
 * new connections from there are let in slowly, before noise. Those that stand are left alone, and a fleet that shares the
 * address of a flooder comes back slowly, not never (threats.md, T14).
 */
export class SlowAddresses {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  expelledFrom(address: string): void {
    const place = placeOf(address)
    const now = this.#clock.monotonic()
    const entry = this.#entries.get(place) ?? { expelled: 0, last: now, left: 0, at: now }
    entry.expelled = now - entry.last > LIMITS.expelledMs ? 1 : entry.expelled + 1
    entry.last = now
    // The last to be added is the last to be forgotten.
    this.#entries.delete(place)
    this.#entries.set(place, entry)
    if (this.#entries.size > SLOW.addresses) this.#entries.delete(this.#entries.keys().next().value!)
  }

  /** Whether a new connection from there has to come again later. */
  refuses(address: string): boolean {
    const entry = this.#entries.get(placeOf(address))
    if (entry === undefined || entry.expelled < SLOW.expulsions) return false
    const now = this.#clock.monotonic()
    if (now - entry.last > LIMITS.expelledMs) return false
    const { perSecond } = SLOW
    entry.left = Math.min(perSecond, entry.left + ((now - entry.at) / 1_000) * perSecond)
    entry.at = now
    if (entry.left < 1) return true
    entry.left--
    return false
  }
}

/** The address of a multiaddr; of IPv6 the network of 64 bits, all of which one host may have. */
const placeOf = (address: string): string => {
  const [, family, host = ''] = address.split('/')
  const network = family === 'ip6' ? canonicalNetwork(`${host}/64`) : undefined
  if (network === undefined) return host
  return 'network' in network ? network.network : network.outside
}
