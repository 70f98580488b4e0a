/** Looks for a byte string in a stream of chunks, across any border between them. */
export class BytesSearcher {
  readonly #wanted: Buffer
  #tail: Buffer = Buffer.alloc(0)
  /** True as soon as it was found; false after finish. */
  result: boolean | undefined

  constructor(wanted: Buffer) {
    this.#wanted = wanted
  }

  /** Ready for another file. */
  begin(): void {
    this.#tail = Buffer.alloc(0)
    this.result = undefined
  }

  /** All that a file holds. */
  all(bytes: Buffer): void {
    this.result = bytes.includes(this.#wanted)
  }

  /** Takes the next bytes; the buffer may be used again afterwards. */
  update(chunk: Buffer): void {
    if (this.result !== undefined) return
    const reach = this.#wanted.length - 1
    const border = Buffer.concat([this.#tail, chunk.subarray(0, reach)])
    if (border.includes(this.#wanted) || chunk.includes(this.#wanted)) {
      this.result = true
      return
    }
    const end = chunk.length >= reach ? chunk : border
    this.#tail = reach === 0 ? Buffer.alloc(0) : Buffer.from(end.subarray(-reach))
  }

  finish(): boolean {
    this.result ??= false
    return this.result
  }
}
