/** What is kept of a line: a longer one is looked at by its beginning, and told. */
export const LINE_BYTES = 256 << 10
const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * Cuts a stream into lines and never holds more than one, whatever its length. `cut` says that the line is longer than what
 * is handed over; the bytes are good during the call only.
 */
export class LogLines {
  readonly #line: (line: Buffer, cut: boolean) => void
  #held: Buffer = Buffer.alloc(0)
  #length = 0
  #cut = false

  constructor(line: (line: Buffer, cut: boolean) => void) {
    this.#line = line
  }

  /** Takes the next bytes; the buffer may be used again afterwards. */
  take(chunk: Buffer): void {
    for (let from = 0; from < chunk.length; ) {
      const newline = chunk.indexOf(NEWLINE, from)
      const part = chunk.subarray(from, newline < 0 ? chunk.length : newline)
      if (newline < 0) {
        this.#hold(part)
        return
      }
      if (this.#length === 0) this.#tell(part)
      else {
        this.#hold(part)
        this.#end()
      }
      from = newline + 1
    }
  }

  finish(): void {
    if (this.#length > 0) this.#end()
  }

  #tell(line: Buffer): void {
    const cut = line.length > LINE_BYTES
    this.#line(cut ? line.subarray(0, LINE_BYTES) : withoutReturn(line), cut)
  }

  #hold(part: Buffer): void {
    const length = Math.min(part.length, LINE_BYTES - this.#length)
    if (length < part.length) this.#cut = true
    if (this.#length + length > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.min(LINE_BYTES, 2 * (this.#length + length)))
      this.#held.copy(larger, 0, 0, this.#length)
      this.#held = larger
    }
    part.copy(this.#held, this.#length, 0, length)
    this.#length += length
  }

  #end(): void {
    const line = this.#held.subarray(0, this.#length)
    this.#line(this.#cut ? line : withoutReturn(line), this.#cut)
    this.#length = 0
    this.#cut = false
  }
}

const withoutReturn = (line: Buffer): Buffer =>
  line.length > 0 && line[line.length - 1] === RETURN ? line.subarray(0, -1) : line
