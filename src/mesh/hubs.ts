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

/** Hubs that a member of a larger charter keeps: spread by rendezvous hashing, so that none carries everyone. */
const WANTED = 3

/** Keeps connections to bootstrap nodes for ever: backoff × 1.6 with jitter, at most LIMITS.redialMaxMs (mesh-facts.md 6). */
export class Hubs {
  readonly #self: string
  readonly #components: HubsComponents
  readonly #stop = new AbortController()
  readonly #loops = new Map<string, Promise<void>>()
  #wake = new AbortController()

  constructor(self: string, components: HubsComponents) {
    this.#self = self
    this.#components = components
  }

  /** The nodes to stay connected to, our own peer left out; all of them in small meshes. */
  wanted(all: boolean): string[] {
    const others = [...this.#components.hubs().keys()].filter(peer => peer !== this.#self)
    if (all || others.length <= WANTED) return others
    const rank = (peer: string) => createHash('sha256').update(peer).update(this.#self).digest('hex')
    const ranked = others.sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
    const chosen = ranked.slice(0, WANTED)
    const reached = chosen.filter(peer => this.#components.connected(peer)).length
    return reached >= LIMITS.hubs ? chosen : ranked
  }

  /** Starts a loop for each wanted hub that has none; called again when the charter changes. */
  update(all: boolean): void {
    for (const peer of this.wanted(all)) {
      if (this.#loops.has(peer)) continue
      const loop = this.#keep(peer, all).finally(() => this.#loops.delete(peer))
      this.#loops.set(peer, loop)
    }
  }

  /** A connection has gone: don't wait for the next look. */
  wake(): void {
    this.#wake.abort()
    this.#wake = new AbortController()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#loops.values())
  }

  async #keep(peer: string, all: boolean): Promise<void> {
    const { clock, hubs, connected, dial, random, failed } = this.#components
    let backoff: number = LIMITS.redialMinMs
    for (;;) {
      if (this.#stop.signal.aborted || !this.wanted(all).includes(peer)) return
      if (connected(peer)) {
        backoff = LIMITS.redialMinMs
        await this.#rest(clock, LIMITS.redialMaxMs)
        continue
      }
      for (const address of hubs().get(peer) ?? []) {
        try {
          await dial(address)
          break
        } catch (error) {
          failed(peer, error)
        }
      }
      if (connected(peer)) continue
      await this.#rest(clock, backoff * (0.5 + random()), this.#stop.signal)
      backoff = Math.min(backoff * 1.6, LIMITS.redialMaxMs)
    }
  }

  async #rest(
    clock: Clock,
    ms: number,
    signal = AbortSignal.any([this.#stop.signal, this.#wake.signal])
  ): Promise<void> {
    await clock.sleep(ms, signal).catch(() => undefined)
  }
}
