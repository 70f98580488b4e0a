import { LIMITS } from '../limits.ts'

/**
 * Ids of actions that verified here, in memory: further envelopes of them are ignored before any crypto, because the
 * unhashed area of a signature is malleable and one true action would become endless valid messages (threats.md, T24).
 * Only what verified gets in, or a broken copy that comes first would shadow the true one (T23).
 */
export class Seen {
  readonly #ids = new Set<string>()
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #most: number

  constructor(most: number = LIMITS.seenIds) {
    this.#most = most
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(id: string): void {
    if (this.#ids.size >= this.#most) this.#ids.delete(this.#ids.values().next().value!)
    this.#ids.add(id)
  }

  /** Where the document could not be kept after all: the next envelope of it is judged anew. */
  forget(id: string): void {
    this.#ids.delete(id)
  }

  /** Envelopes of one id are judged one after another, so that copies that come together cost one verification. */
  async turn<T>(id: string, judge: () => Promise<T>): Promise<T> {
    const mine = (this.#turns.get(id) ?? Promise.resolve()).then(judge, judge)
    this.#turns.set(id, mine)
    try {
      return await mine
    } finally {
      if (this.#turns.get(id) === mine) this.#turns.delete(id)
    }
  }
}
