import type { Stream } from '@libp2p/interface'
import { type LengthPrefixedStream, lpStream } from '@libp2p/utils'
import { z } from 'zod'
import { decodeCbor, encodeCbor } from '../../codec.ts'
import { idForm, peerForm, rawForm } from '../../documents/vocabulary.ts'
import { GumshoeError, isErrorCode } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'

/** `/gumshoe/sync/1`: CBOR frames `[verb, request, argument?]`, answered `['ok', request, result?]` or `['error', request, code, message]`. */
export const SYNC = '/gumshoe/sync/1'

const parcelForm = z.strictObject({
  envelope: rawForm(LIMITS.frameBytes),
  body: rawForm(LIMITS.bodyBytes).optional()
})
const cursorForm = z.strictObject({
  node: peerForm,
  incarnation: z.string().max(64),
  sequence: z.int().min(0)
})
const helloForm = z.strictObject({ charterVersion: z.int().min(0), charterId: z.string().max(64) })
const ids = z.array(idForm).max(20_000)

/** What each verb takes and gives. A frame that does not fit is a broken protocol. */
export const VERBS = {
  hello: { ask: helloForm, reply: helloForm },
  put: {
    ask: parcelForm,
    reply: z.union([
      z.strictObject({ receipt: rawForm(LIMITS.smallBytes) }),
      z.strictObject({ refused: z.string().max(64), message: z.string().max(2_000) })
    ])
  },
  want: { ask: idForm, reply: z.union([parcelForm, z.literal(false)]) },
  charters: { ask: z.int().min(0), reply: z.array(rawForm(LIMITS.charterBytes)).max(64) },
  open: {
    ask: z.strictObject({ topics: z.array(z.string().max(200)).max(64), have: ids }),
    reply: z.strictObject({ missing: ids, cancels: z.array(rawForm(LIMITS.smallBytes)).max(20_000) })
  },
  head: {
    ask: z.literal(true),
    reply: z.union([z.strictObject({ seq: z.int().min(0), id: idForm, actions: ids }), z.literal(false)])
  },
  neighbours: { ask: z.literal(true), reply: z.array(z.string().max(256)).max(64) },
  follow: {
    ask: z.strictObject({
      filter: z.strictObject({
        kinds: z.array(z.string().max(64)).max(32).optional(),
        action: idForm.optional(),
        untilNow: z.boolean().optional()
      }),
      cursors: z.array(cursorForm).max(64)
    }),
    reply: z.union([
      z.strictObject({
        cursor: cursorForm,
        kind: z.string().max(64),
        id: idForm,
        parcel: parcelForm,
        live: z.boolean()
      }),
      z.strictObject({ cursor: cursorForm, caughtUp: z.literal(true) })
    ])
  }
} as const

export type Verb = keyof typeof VERBS
export type Ask<V extends Verb> = z.infer<(typeof VERBS)[V]['ask']>
export type Reply<V extends Verb> = z.infer<(typeof VERBS)[V]['reply']>

export const isVerb = (text: unknown): text is Verb => typeof text === 'string' && Object.hasOwn(VERBS, text)

/** Framed CBOR over one stream, with a deadline on each write and a bound on what is buffered. */
export class Frames {
  readonly #stream: Stream
  readonly #lp: LengthPrefixedStream<Stream>
  #writing: Promise<void> = Promise.resolve()

  constructor(stream: Stream) {
    stream.maxWriteBufferLength = 8 << 20
    this.#stream = stream
    this.#lp = lpStream(stream, { maxDataLength: LIMITS.frameBytes + 4_096 })
  }

  /** Writes one frame, in order; throws when the other side does not take it in time. */
  write(frame: readonly unknown[]): Promise<void> {
    const bytes = encodeCbor(frame)
    if (bytes.length > LIMITS.frameBytes + 4_096) {
      return Promise.reject(new GumshoeError('too-large', `A frame has at most ${LIMITS.frameBytes} bytes.`))
    }
    const next = this.#writing.then(() =>
      this.#lp.write(bytes, { signal: AbortSignal.timeout(LIMITS.requestMs) })
    )
    this.#writing = next.catch(() => undefined)
    return next
  }

  /** Reads one frame; undefined at the end of the stream. Throws GumshoeError for what is no frame. */
  async read(signal?: AbortSignal): Promise<unknown[] | undefined> {
    let bytes: Uint8Array
    try {
      bytes = (await this.#lp.read(signal ? { signal } : {})).subarray()
    } catch (error) {
      if (
        error instanceof Error &&
        /^(UnexpectedEOFError|StreamResetError|StreamStateError|StreamClosedError|AbortError)$/.test(
          error.name
        )
      )
        return undefined
      throw error
    }
    const frame = decodeCbor(bytes)
    if (!Array.isArray(frame) || frame.length < 2 || !Number.isSafeInteger(frame[1])) {
      throw new GumshoeError('protocol', 'A frame is [verb, request, …].')
    }
    return frame
  }

  async close(): Promise<void> {
    await this.#stream
      .close({ signal: AbortSignal.timeout(1_000) })
      .catch(() => this.#stream.abort(new Error('closed')))
  }

  abort(error: Error): void {
    this.#stream.abort(error)
  }
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

/** Checks an argument or a result by its form; `protocol` names the verb where it does not fit. */
export const fit = <T>(form: z.ZodType<T>, value: unknown, verb: string): T => {
  const result = form.safeParse(value)
  if (result.success) return result.data
  throw new GumshoeError(
    'protocol',
    `A frame of ${verb} does not have its form: ${result.error.issues[0]?.message}.`
  )
}
