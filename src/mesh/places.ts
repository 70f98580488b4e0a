/** So many at a time for each peer; whoever comes later waits for a place. */
export class Places {
  readonly #atOnce: number
  readonly #peers = new Map<string, { working: number; waiting: (() => void)[] }>()

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Resolves to the function that leaves the place. */
  async take(name: string): Promise<() => void> {
    const peer = this.#peers.get(name) ?? { working: 0, waiting: [] }
    this.#peers.set(name, peer)
    while (peer.working >= this.#atOnce) await new Promise<void>(resume => peer.waiting.push(resume))
    peer.working++
    return () => {
      peer.working--
      peer.waiting.shift()?.()
      if (peer.working === 0 && peer.waiting.length === 0) this.#peers.delete(name)
    }
  }
}
