import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { LIMITS } from '../limits.ts'

export interface HubsComponents {
  clock: Clock
  /** Bootstrap nodes by the newest charter. */
  hubs(): ReadonlyMap<string, readonly string[]>
  connected(peer: string): boolean
  /** Dials one address of a hub to the end of hello. */
  dial(address: string): Promise<unknown>
  random(): number
  failed(peer: string, error: unknown): void
}

/** Hubs that a member of a larger charter keeps: one more than must be, so that the loss of one is no hurry. */
const WANTED = LIMITS.hubs + 1

/**
 * Keeps connections to bootstrap nodes for ever: backoff × 1.6 with jitter, at most LIMITS.redialMaxMs (mesh-facts.md
 * 6). Hubs keep all others; members keep WANTED of a larger charter, chosen by rendezvous hashing so that none carries
 * everyone, and one more for each of those that can't be reached.
 */
export class Hubs {
  readonly #self: string
  readonly #all: boolean
  readonly #components: HubsComponents
  readonly #stop = new AbortController()
  readonly #loops = new Map<string, Promise<void>>()
  readonly #failing = new Set<string>()
  #wake = new AbortController()

  constructor(self: string, all: boolean, components: HubsComponents) {
    this.#self = self
    this.#all = all
    this.#components = components
  }

  /** The nodes to be connected to, best first, our own peer left out. */
  wanted(): string[] {
    const others = [...this.#components.hubs().keys()].filter(peer => peer !== this.#self)
    if (this.#all || others.length <= WANTED) return others
    const rank = (peer: string) => createHash('sha256').update(peer).update(this.#self).digest('hex')
    const ranked = others.map(peer => ({ peer, rank: rank(peer) })).sort((a, b) => (a.rank < b.rank ? -1 : 1))
    let good = 0
    const end = ranked.findIndex(({ peer }) => !this.#failing.has(peer) && ++good === WANTED)
    return ranked.slice(0, end < 0 ? undefined : end + 1).map(({ peer }) => peer)
  }

  /** Starts a loop for each hub that has none; called again when the charter changes. */
  update(): void {
    for (const peer of this.#components.hubs().keys()) {
      if (peer === this.#self || this.#loops.has(peer)) continue
      const loop = this.#keep(peer).finally(() => this.#loops.delete(peer))
      this.#loops.set(peer, loop)
    }
    this.wake()
  }

  /** A connection has gone: don't wait for the next look. */
  wake(): void {
    this.#wake.abort()
    this.#wake = new AbortController()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.wake()
    await Promise.all(this.#loops.values())
  }

  async #keep(peer: string): Promise<void> {
    const { hubs, connected, random } = this.#components
    let backoff: number = LIMITS.redialMinMs
    let lost = false
    while (!this.#stop.signal.aborted && hubs().has(peer)) {
      if (connected(peer) || !this.wanted().includes(peer)) {
        lost = connected(peer)
        if (lost) this.#failing.delete(peer)
        backoff = LIMITS.redialMinMs
        await this.#rest(LIMITS.redialMaxMs, this.#wake.signal)
        continue
      }
      if (lost) {
        // A fleet that loses its hub does not come back in the same instant, nor before it has gone.
        lost = false
        await this.#rest(backoff * (0.5 + random()), this.#stop.signal)
        continue
      }
      await this.#dial(peer)
      if (connected(peer)) continue
      if (!this.#failing.has(peer)) {
        this.#failing.add(peer)
        // Another one is wanted in its place.
        this.wake()
      }
      await this.#rest(Math.min(backoff * (0.5 + random()), LIMITS.redialMaxMs), this.#stop.signal)
      backoff = Math.min(backoff * 1.6, LIMITS.redialMaxMs)
    }
    this.#failing.delete(peer)
  }

  async #dial(peer: string): Promise<void> {
    const { hubs, dial, failed } = this.#components
    for (const address of hubs().get(peer) ?? []) {
      if (this.#stop.signal.aborted) return
      try {
        await dial(address)
        return
      } catch (error) {
        failed(peer, error)
      }
    }
  }

  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#stop.signal.aborted) return
    await this.#components.clock.sleep(ms, signal).catch(() => undefined)
  }
}
