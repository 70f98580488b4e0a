import type { Caller } from './sync/ports.ts'

type Listener = (caller: Caller) => void

/** Members that have answered hello, and who wants to be told when one comes or goes. */
export class Present {
  readonly #members = new Map<string, Caller>()
  readonly #ups: Listener[] = []
  readonly #downs: Listener[] = []
  readonly #failed: (error: unknown) => void

  /** A listener that throws is told to `failed`: an exception in an event ends the process. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  get(peer: string): Caller | undefined {
    return this.#members.get(peer)
  }

  has(peer: string): boolean {
    return this.#members.has(peer)
  }

  peers(): string[] {
    return [...this.#members.keys()]
  }

  /** Told of those who are there already, too. */
  listen(up: Listener, down: Listener): void {
    this.#ups.push(up)
    this.#downs.push(down)
    for (const caller of this.#members.values()) this.#tell([up], caller)
  }

  came(caller: Caller): void {
    this.#members.set(caller.peer, caller)
    this.#tell(this.#ups, caller)
  }

  went(peer: string): void {
    const caller = this.#members.get(peer)
    this.#members.delete(peer)
    if (caller !== undefined) this.#tell(this.#downs, caller)
  }

  #tell(listeners: readonly Listener[], caller: Caller): void {
    for (const listener of listeners) {
      try {
        listener(caller)
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}
