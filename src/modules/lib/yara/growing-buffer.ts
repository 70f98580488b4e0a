const FIRST_BYTES = 1 << 20

/** Bytes that come in pieces, in one piece; its room is used again, and grows with the largest. */
export class GrowingBuffer {
  length = 0
  readonly #most: number
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)

  constructor(mostBytes: number) {
    this.#most = mostBytes
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.length)
  }

  get room(): number {
    return this.#most - this.length
  }

  /** No more than there is room for. */
  add(bytes: Buffer): void {
    this.#grow(bytes.length)
    this.length += bytes.copy(this.#buffer, this.length)
  }

  addZeros(count: number): void {
    this.#grow(count)
    this.#buffer.fill(0, this.length, this.length + count)
    this.length += count
  }

  /** Keeps nothing but so many bytes of the end. */
  keepEnd(count: number): void {
    this.#buffer.copyWithin(0, this.length - count, this.length)
    this.length = count
  }

  #grow(more: number): void {
    const wanted = this.length + more
    if (wanted <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.min(2 ** Math.ceil(Math.log2(wanted)), this.#most))
    this.#buffer.copy(larger, 0, 0, this.length)
    this.#buffer = larger
  }
}
