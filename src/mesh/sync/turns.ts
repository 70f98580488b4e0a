import type { Clock } from '../../clock.ts'
import { Places } from '../places.ts'
import type { Rates } from '../rates.ts'
import type { Caller } from './ports.ts'

/** Requests of one peer that are worked on at a time, over all of its streams. */
const AT_ONCE = 32

/** Turns of a peer's requests: so many at a time, so many a second. Who waits for one reads nothing, which holds the sender back. */
export class Turns {
  readonly #rates: Rates
  readonly #clock: Clock
  readonly #places = new Places(AT_ONCE)

  constructor(rates: Rates, clock: Clock) {
    this.#rates = rates
    this.#clock = clock
  }

  /** Resolves to the function that ends the turn. */
  async take(caller: Caller): Promise<() => void> {
    const leave = await this.#places.take(caller.peer)
    const wait = this.#rates.wait(caller, 'request')
    if (wait > 0) await this.#clock.sleep(wait, undefined, true)
    return leave
  }
}
