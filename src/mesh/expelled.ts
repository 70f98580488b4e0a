import type { ConnectionGater } from '@libp2p/interface'
import type { Clock } from '../clock.ts'
import { LIMITS } from '../limits.ts'
import { SlowAddresses } from './slow-addresses.ts'

/** Peers that broke the rules: they stay out for LIMITS.expelledMs; where many of them come from, others come in slowly. */
export class Expelled {
  readonly #clock: Clock
  readonly #until = new Map<string, number>()
  readonly #slow: SlowAddresses

  constructor(clock: Clock) {
    this.#clock = clock
    this.#slow = new SlowAddresses(clock)
  }

  has(peer: string): boolean {
    const until = this.#until.get(peer)
    if (until === undefined) return false
    if (until > this.#clock.monotonic()) return true
    this.#until.delete(peer)
    return false
  }

  /** `from`: the address that it came from, where it came by itself. The oldest are forgotten beyond a bound. */
  add(peer: string, from?: string): void {
    this.#until.set(peer, this.#clock.monotonic() + LIMITS.expelledMs)
    if (this.#until.size > LIMITS.ratedPeers) this.#until.delete(this.#until.keys().next().value!)
    if (from !== undefined) this.#slow.expelledFrom(from)
  }

  /** Refuses by address before noise, and by peer as soon as noise has proved which it is. */
  gater(): ConnectionGater {
    return {
      denyInboundConnection: ({ remoteAddr }) => this.#slow.refuses(remoteAddr.toString()),
      denyInboundEncryptedConnection: peer => this.has(peer.toString())
    }
  }
}
