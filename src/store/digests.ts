/**
 * Digests of 8 bytes, some millions: a Set would take ten times the memory. Added, then closed, then asked for.
 */
export class Digests {
  #held = new BigUint64Array(1_024)
  #count = 0

  add(digest: Uint8Array): void {
    if (this.#count === this.#held.length) {
      const held = new BigUint64Array(2 * this.#count)
      held.set(this.#held)
      this.#held = held
    }
    this.#held[this.#count++] = numberOf(digest)
  }

  /** Nothing more is added. */
  close(): void {
    this.#held = this.#held.slice(0, this.#count).sort()
  }

  has(digest: Uint8Array): boolean {
    const wanted = numberOf(digest)
    let [from, to] = [0, this.#count]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#held[middle]! < wanted) from = middle + 1
      else to = middle
    }
    return this.#held[from] === wanted
  }
}

const numberOf = (digest: Uint8Array): bigint =>
  new DataView(digest.buffer, digest.byteOffset, 8).getBigUint64(0)
