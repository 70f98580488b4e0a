import type { Readable } from 'node:stream'
import { GumshoeError } from '../errors.ts'

const NEWLINE = 0x0a

/** What a child is told through its input, piece by piece as it asks for it: lines, and bytes between them. */
export class Told {
  readonly #chunks: Buffer[] = []
  #wanted: PromiseWithResolvers<void> | undefined
  #over = false

  /** When the input ends, the parent has gone and nobody wants to know any more. */
  constructor(input: Readable) {
    input.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#wanted?.resolve()
    })
    input.once('end', () => {
      this.#over = true
      this.#wanted?.resolve()
      if (input === process.stdin) process.exit(1)
    })
  }

  async line(): Promise<string> {
    const parts: Buffer[] = []
    for (;;) {
      const chunk = await this.#next()
      const end = chunk.indexOf(NEWLINE)
      parts.push(end < 0 ? chunk : chunk.subarray(0, end))
      if (end < 0) continue
      this.#chunks.unshift(chunk.subarray(end + 1))
      return Buffer.concat(parts).toString('utf8')
    }
  }

  async bytes(length: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let left = length; left > 0; ) {
      const chunk = await this.#next()
      parts.push(chunk.subarray(0, left))
      if (chunk.length > left) this.#chunks.unshift(chunk.subarray(left))
      left -= Math.min(left, chunk.length)
    }
    return Buffer.concat(parts)
  }

  async #next(): Promise<Buffer> {
    for (;;) {
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) return chunk
      if (this.#over) throw new GumshoeError('usage', 'The role child is for the program itself.')
      this.#wanted = Promise.withResolvers()
      await this.#wanted.promise
    }
  }
}
