import { codeOf } from '../errors.ts'
import type { Log } from '../log.ts'

/**
 * Tells of dials that failed. That a member can't be reached is usual, and for who looks closely; that a bootstrap node
 * refuses us is told to the owner once for each node and code: whoever was revoked while he was off learns it here.
 */
export class DialFailures {
  readonly #log: Log
  readonly #isHub: (peer: string) => boolean
  readonly #told = new Map<string, string>()

  constructor(log: Log, isHub: (peer: string) => boolean) {
    this.#log = log
    this.#isHub = isHub
  }

  failed(peer: string, error: unknown): void {
    const code = codeOf(error)
    this.#log('debug', 'dial-failed', { peer, error: String(error), cause: error })
    if (code === 'unreached' || !this.#isHub(peer) || this.#told.get(peer) === code) return
    this.#told.set(peer, code)
    this.#log('warn', 'refused', { by: peer, code })
  }
}
