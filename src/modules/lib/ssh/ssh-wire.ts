/** Strings and numbers of SSH's wire (RFC 4251, 5), by which its keys are written too. Reading past the end throws. */
export class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  number(): number {
    const value = this.#bytes.readUInt32BE(this.#at)
    this.#at += 4
    return value
  }

  string(): Buffer {
    const length = this.number()
    if (length > this.#bytes.length - this.#at) throw new RangeError('A string is longer than what holds it.')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

export const wireString = (value: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(value as Uint8Array)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** An unsigned number as an mpint: no zeros in front, but for one where the first bit is set. */
export const wireNumber = (value: Uint8Array): Buffer => {
  let from = 0
  while (from < value.length && value[from] === 0) from++
  const bytes = Buffer.from(value.subarray(from))
  return wireString(bytes.length > 0 && bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

/** Bits of an unsigned number, big-endian. */
export const bitsOf = (value: Uint8Array): number => {
  let from = 0
  while (from < value.length && value[from] === 0) from++
  return from === value.length ? 0 : (value.length - from) * 8 - Math.clz32(value[from]!) + 24
}
