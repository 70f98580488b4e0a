import type { Clock } from '../clock.ts'
import { LIMITS } from '../limits.ts'
import type { SyncClient } from './sync/ports.ts'

export interface NeighboursComponents {
  clock: Clock
  self: string
  /** Agents that we dialled and that are here. */
  chosen(): readonly string[]
  connected(peer: string): boolean
  /** Clients to the hubs that are here. */
  hubs(): Promise<readonly SyncClient[]>
  dial(address: string): Promise<unknown>
  random(): number
  failed(peer: string, error: unknown): void
}

/** Addresses remembered from hubs: what is left to dial when they are gone. */
const KNOWN = 64
/** Dials that fail one after the other before an address is forgotten. */
const FAILURES = 3

/**
 * Keeps LIMITS.neighbours connections to other agents, whose addresses hubs tell, so that the mesh stays one when every
 * hub is gone. Only those that we dialled count: who dials us can't choose our neighbours for us (threats.md, T13).
 */
export class Neighbours {
  readonly #components: NeighboursComponents
  readonly #stop = new AbortController()
  readonly #known = new Map<string, { address: string; failures: number }>()
  #loop: Promise<void> = Promise.resolve()

  constructor(components: NeighboursComponents) {
    this.#components = components
  }

  start(): void {
    this.#loop = this.#keep()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #keep(): Promise<void> {
    const { clock, random, chosen } = this.#components
    let pause: number = LIMITS.redialMinMs
    for (;;) {
      // A fleet that starts together does not dial together.
      await clock.sleep(pause * (0.5 + random()), this.#stop.signal, true).catch(() => undefined)
      if (this.#stop.signal.aborted) return
      if (chosen().length >= LIMITS.neighbours) {
        pause = LIMITS.redialMaxMs
        continue
      }
      await this.#learn()
      await this.#fill()
      pause = Math.min(
        pause * 1.6,
        chosen().length >= LIMITS.neighbours ? LIMITS.redialMaxMs : LIMITS.catchUpMs
      )
    }
  }

  /** Asks every hub, so that one of them can't choose all neighbours. */
  async #learn(): Promise<void> {
    const { hubs, self } = this.#components
    const lists = await Promise.all(
      (await hubs()).map(hub => hub.neighbours().catch((): readonly string[] => []))
    )
    for (const address of lists.flat()) {
      const peer = /\/p2p\/([^/]+)$/.exec(address)?.[1]
      if (peer === undefined || peer === self || this.#known.size >= KNOWN) continue
      this.#known.set(peer, { address, failures: this.#known.get(peer)?.failures ?? 0 })
    }
  }

  async #fill(): Promise<void> {
    const { chosen, connected, dial, failed, random } = this.#components
    const mixed = [...this.#known]
      .map(([peer, entry]) => ({ peer, entry, at: random() }))
      .sort((a, b) => a.at - b.at)
    for (const { peer, entry } of mixed) {
      if (this.#stop.signal.aborted || chosen().length >= LIMITS.neighbours) return
      if (connected(peer)) continue
      try {
        await dial(entry.address)
        entry.failures = 0
      } catch (error) {
        failed(peer, error)
        if (++entry.failures >= FAILURES) this.#known.delete(peer)
      }
    }
  }
}
