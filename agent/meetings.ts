/**
 * One meeting with each node at a time, each by itself: one that answers slowly and without end holds up nobody but itself
 * (threats.md, T4).
 */
export class Meetings {
  readonly #meet: (peer: string) => Promise<void>
  readonly #under = new Map<string, Promise<void>>()

  constructor(meet: (peer: string) => Promise<void>) {
    this.#meet = meet
  }

  /** Begins a meeting, or waits for the one that is under way. Throws what it throws. */
  with(peer: string): Promise<void> {
    const under = this.#under.get(peer)
    if (under !== undefined) return under
    const meeting = this.#meet(peer).finally(() => this.#under.delete(peer))
    this.#under.set(peer, meeting)
    return meeting
  }
}
