import { createGunzip, createZstdDecompress } from 'node:zlib'
import { GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'

const GZIP = Buffer.from([0x1f, 0x8b])
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** Does a file that begins like this hold gzip (RFC 1952) or zstd (RFC 8878)? */
export const isCompressed = (head: Buffer): boolean =>
  head.subarray(0, 2).equals(GZIP) || head.subarray(0, 4).equals(ZSTD)

/** Takes compressed bytes and hands out plain ones, up to a cap: a bomb is no content. */
export class Inflater {
  readonly #codec: ReturnType<typeof createGunzip>
  #written = 0
  #failure: unknown
  #closed = false

  /** `head` tells the form; `take` may use a chunk only during the call. */
  constructor(head: Buffer, take: (chunk: Buffer) => void, most: number = LIMITS.decompressedBytes) {
    const options = { chunkSize: 64 * 1024 }
    this.#codec = head.subarray(0, 2).equals(GZIP) ? createGunzip(options) : createZstdDecompress(options)
    this.#codec.on('data', (chunk: Buffer) => {
      if (this.#failure !== undefined) return
      this.#written += chunk.length
      if (this.#written <= most) take(chunk)
      else this.#fail(new GumshoeError('limit-bytes', 'The decompressed file is larger than the limit.'))
    })
    this.#codec.on('error', error => this.#fail(error))
    this.#codec.on('close', () => {
      this.#closed = true
    })
  }

  /** Resolves when these bytes were taken in and all that they hold was handed out. Throws `limit-bytes` at the cap, and what zlib throws. */
  async push(chunk: Buffer): Promise<void> {
    await this.#until(done => this.#codec.write(Buffer.from(chunk), () => done()))
  }

  async finish(): Promise<void> {
    await this.#until(done => {
      this.#codec.once('end', done)
      this.#codec.end()
    })
  }

  close(): void {
    this.#codec.destroy()
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#codec.destroy()
  }

  async #until(start: (done: () => void) => void): Promise<void> {
    if (!this.#closed && this.#failure === undefined)
      await new Promise<void>(done => {
        this.#codec.once('close', done)
        start(() => {
          this.#codec.off('close', done)
          done()
        })
      })
    if (this.#failure !== undefined) throw this.#failure
  }
}
