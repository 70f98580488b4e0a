/** One after the other for one name, side by side for different ones: what must not be judged twice at the same moment. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs `act` when all that was begun under this name has ended; throws what it throws. */
  async take<T>(name: string, act: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(name) ?? Promise.resolve()).then(act, act)
    this.#last.set(name, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(name) === mine) this.#last.delete(name)
    }
  }
}
