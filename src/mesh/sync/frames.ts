import type { Stream } from '@libp2p/interface'
import { decodeCbor, encodeCbor } from '../../codec.ts'
import { GumshoeError, isErrorCode } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'

/** What a frame says beside the document that it carries: verb, number, member names, signatures. */
const FRAME_BYTES = LIMITS.frameBytes + 2 * LIMITS.signatures * LIMITS.signatureBytes
const HEAD_BYTES = 4

/**
 * Framed CBOR over one stream: four bytes of length, big-endian, then `[word, request, …]`. One frame is written at a
 * time; reading stops the other side when more than one frame waits, and a frame that has begun ends within
 * LIMITS.requestMs or the stream does.
 */
export class Frames {
  readonly #stream: Stream
  readonly #chunks: Uint8Array[] = []
  #held = 0
  #length: number | undefined
  #paused = false
  #ended = false
  #wake: () => void = () => undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(stream: Stream) {
    // The default has no limit (mesh-facts.md 3); one frame at a time is far below this.
    stream.maxWriteBufferLength = 8 * LIMITS.frameBytes
    this.#stream = stream
    this.#ended = stream.status !== 'open'
    const end = () => {
      this.#ended = true
      this.#wake()
    }
    stream.addEventListener('message', event => this.#take(event.data.subarray()))
    stream.addEventListener('remoteCloseWrite', end)
    stream.addEventListener('close', end)
  }

  /** Writes one frame, in order. Throws `too-large`, which harms no other frame, or what ended the stream. */
  write(frame: readonly unknown[]): Promise<void> {
    const bytes = encodeCbor(frame)
    if (bytes.length > FRAME_BYTES)
      return Promise.reject(
        new GumshoeError(
          'too-large',
          `A frame has at most ${LIMITS.frameBytes} bytes, this one ${bytes.length}.`
        )
      )
    const framed = new Uint8Array(HEAD_BYTES + bytes.length)
    new DataView(framed.buffer).setUint32(0, bytes.length)
    framed.set(bytes, HEAD_BYTES)
    const next = this.#writing.then(() => this.#send(framed))
    this.#writing = next.catch(() => undefined)
    return next
  }

  /** Reads one frame; undefined at the end of the stream or when `signal` aborts. Throws GumshoeError for what is no frame or does not end. */
  async read(signal?: AbortSignal): Promise<unknown[] | undefined> {
    for (;;) {
      const bytes = this.#whole()
      if (bytes !== undefined) return parse(bytes)
      if (this.#resume()) continue
      if (this.#ended || signal?.aborted) return undefined
      await this.#more(signal)
    }
  }

  async close(): Promise<void> {
    await this.#stream
      .close({ signal: AbortSignal.timeout(1_000) })
      .catch(() => this.abort(new Error('not closed in time')))
  }

  abort(error: unknown): void {
    this.#stream.abort(error instanceof Error ? error : new Error(String(error)))
  }

  async #send(framed: Uint8Array): Promise<void> {
    try {
      if (!this.#stream.send(framed)) await this.#written()
    } catch (error) {
      // Half a frame may be out: nothing that follows would be understood.
      this.abort(error)
      throw error
    }
  }

  /** Waits until all is out: `drain` says only that some of it is, and frames would heap up. */
  async #written(): Promise<void> {
    const waited = AbortSignal.timeout(LIMITS.requestMs)
    await new Promise<void>((resolve, reject) => {
      const end = (error?: Error) => {
        this.#stream.removeEventListener('idle', idle)
        this.#stream.removeEventListener('close', closed)
        waited.removeEventListener('abort', late)
        if (error) reject(error)
        else resolve()
      }
      const idle = () => end()
      const closed = () => end(new GumshoeError('unreached', 'The stream was closed.'))
      const late = () => end(new GumshoeError('timeout', 'The other side does not read.'))
      this.#stream.addEventListener('idle', idle)
      this.#stream.addEventListener('close', closed)
      waited.addEventListener('abort', late)
      if (this.#stream.writeBufferLength === 0) idle()
    })
  }

  #take(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#held += chunk.length
    if (!this.#paused && this.#held > HEAD_BYTES + FRAME_BYTES && this.#stream.readStatus === 'readable') {
      this.#paused = true
      this.#stream.pause()
    }
    this.#wake()
  }

  /** Takes in what waits behind a pause; false where there was none. */
  #resume(): boolean {
    if (!this.#paused) return false
    this.#paused = false
    if (this.#stream.readStatus === 'paused') this.#stream.resume()
    return true
  }

  async #more(signal: AbortSignal | undefined): Promise<void> {
    let late = false
    const begun = this.#held > 0 || this.#length !== undefined
    await new Promise<void>(resolve => {
      const timer = begun
        ? setTimeout(() => {
            late = true
            resolve()
          }, LIMITS.requestMs)
        : undefined
      this.#wake = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', this.#wake)
        resolve()
      }
      signal?.addEventListener('abort', this.#wake)
    })
    if (late) throw new GumshoeError('timeout', 'A frame that has begun did not end.')
  }

  /** The next whole frame of what is held, if there is one. */
  #whole(): Uint8Array | undefined {
    if (this.#length === undefined) {
      if (this.#held < HEAD_BYTES) return undefined
      const head = this.#shift(HEAD_BYTES)
      this.#length = new DataView(head.buffer, head.byteOffset).getUint32(0)
      if (this.#length > FRAME_BYTES)
        throw new GumshoeError('too-large', `A frame has at most ${LIMITS.frameBytes} bytes.`)
    }
    if (this.#held < this.#length) return undefined
    const bytes = this.#shift(this.#length)
    this.#length = undefined
    return bytes
  }

  #shift(count: number): Uint8Array {
    this.#held -= count
    const first = this.#chunks[0]
    if (first !== undefined && first.length > count) {
      this.#chunks[0] = first.subarray(count)
      return first.subarray(0, count)
    }
    const bytes = new Uint8Array(count)
    for (let at = 0; at < count; ) {
      const chunk = this.#chunks.shift()!
      const taken = chunk.subarray(0, count - at)
      bytes.set(taken, at)
      at += taken.length
      if (taken.length < chunk.length) this.#chunks.unshift(chunk.subarray(taken.length))
    }
    return bytes
  }
}

const parse = (bytes: Uint8Array): unknown[] => {
  const frame = decodeCbor(bytes, LIMITS.frameItems)
  if (!Array.isArray(frame) || frame.length < 2 || !Number.isSafeInteger(frame[1]))
    throw new GumshoeError('protocol', 'A frame is [word, request, …].')
  return frame
}

/** The error of an error frame; codes that we don't know become `protocol`. */
export const errorOf = (frame: readonly unknown[]): GumshoeError => {
  const code = typeof frame[2] === 'string' && isErrorCode(frame[2]) ? frame[2] : 'protocol'
  const message =
    typeof frame[3] === 'string'
      ? frame[3].slice(0, 2_000).replace(/[^\P{C}]/gu, '?')
      : 'The other side gave no reason.'
  return new GumshoeError(code, message)
}
