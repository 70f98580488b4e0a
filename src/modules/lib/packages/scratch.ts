/** Room that is used again for one value after the other: a database of packages has hundreds of MB of them. */
export class Scratch {
  #room = Buffer.alloc(0)
  #length = 0

  /** Makes room for a value of some length; the one before it is gone. */
  begin(length: number): void {
    if (this.#room.length < length) this.#room = Buffer.allocUnsafeSlow(2 * length)
    this.#length = 0
  }

  add(part: Uint8Array): void {
    this.#room.set(part, this.#length)
    this.#length += part.length
  }

  get length(): number {
    return this.#length
  }

  /** Good until the next one begins. */
  value(): Buffer {
    return this.#room.subarray(0, this.#length)
  }
}
