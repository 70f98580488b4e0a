import { CharterChain } from '../src/trust/charter-chain.ts'

/** The chain of charters as it stood at an earlier version, for what was signed then and is only kept now. */
export class EarlierChains {
  readonly #chain: CharterChain
  readonly #chains = new Map<number, Promise<CharterChain>>()

  constructor(chain: CharterChain) {
    this.#chain = chain
  }

  /** Verified once a version, then remembered; the newest one where there is no such version. */
  at(version: number, now: number): Promise<CharterChain> {
    const { charter } = this.#chain.current
    if (version >= charter.version || version < 1) return Promise.resolve(this.#chain)
    const known =
      this.#chains.get(version) ?? CharterChain.open(this.#chain.envelopes().slice(0, version), now)
    this.#chains.set(version, known)
    return known
  }
}
