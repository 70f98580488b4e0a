import type { Clock } from '../src/clock.ts'

export interface MeetingsComponents {
  readonly clock: Pick<Clock, 'sleep'>
  /** Aborts when the agent stops. */
  readonly signal: AbortSignal
  isHere(peer: string): boolean
  failed(peer: string, error: unknown): void
}

const AGAIN_MS = 1_000
const AGAIN_MOST_MS = 30_000

/**
 * One meeting with each node at a time, each by itself: one that answers slowly and without end holds up nobody but itself
 * (threats.md, T4).
 */
export class Meetings {
  readonly #meet: (peer: string) => Promise<void>
  readonly #components: MeetingsComponents
  readonly #under = new Map<string, Promise<void>>()
  /** The last that wanted to meet a node until it succeeds: it stands for those before it. */
  readonly #wants = new Map<string, symbol>()

  constructor(meet: (peer: string) => Promise<void>, components: MeetingsComponents) {
    this.#meet = meet
    this.#components = components
  }

  /**
   * Meets a node, again and again while it stays and that fails: on a loaded machine whatever is asked may come too late for
   * minutes. Rejects when the signal aborts.
   */
  async with(peer: string): Promise<void> {
    const { clock, signal, isHere, failed } = this.#components
    const mine = Symbol(peer)
    this.#wants.set(peer, mine)
    const isMine = () => this.#wants.get(peer) === mine
    try {
      for (let ms = AGAIN_MS; isMine() && isHere(peer); ms = Math.min(2 * ms, AGAIN_MOST_MS)) {
        try {
          return await this.#once(peer)
        } catch (error) {
          failed(peer, error)
        }
        await clock.sleep(ms, signal, true)
      }
    } finally {
      if (isMine()) this.#wants.delete(peer)
    }
  }

  /** Begins a meeting, or waits for the one that is under way. */
  #once(peer: string): Promise<void> {
    const under = this.#under.get(peer)
    if (under !== undefined) return under
    const meeting = this.#meet(peer).finally(() => this.#under.delete(peer))
    this.#under.set(peer, meeting)
    return meeting
  }
}
