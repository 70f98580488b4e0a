import type { Stream } from '@libp2p/interface'
import type { z } from 'zod'
import { GumshoeError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { follow } from './follow.ts'
import { errorOf, Frames } from './frames.ts'
import type {
  Caller,
  Chunk,
  Cursor,
  FeedItem,
  FeedMark,
  FollowFilter,
  Hello,
  OpenReply,
  Parcel,
  PresentReply,
  PutReply,
  SyncClient
} from './ports.ts'
import { type Ask, fit, IDS, type Reply, VERBS, type Verb } from './verbs.ts'

interface Pending {
  resolve(frame: readonly unknown[]): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

/** Requests under way at one peer, as many as it works on at a time and as many again on their way; more wait their turn here. */
const IN_FLIGHT = 64

/**
 * The asking side of one peer over one long-lived stream, opened when it is first needed and again after it broke.
 * Everything throws `unreached` where the connection fails, `timeout` after LIMITS.requestMs, else the other side's code.
 */
export class Client implements SyncClient {
  readonly caller: Caller
  readonly #openStream: () => Promise<Stream>
  readonly #hello: () => Hello
  readonly #pending = new Map<number, Pending>()
  readonly #waiting: (() => void)[] = []
  #frames: Promise<Frames> | undefined
  #request = -1
  #flying = 0

  constructor(caller: Caller, openStream: () => Promise<Stream>, hello: () => Hello) {
    this.caller = caller
    this.#openStream = openStream
    this.#hello = hello
  }

  get peer(): string {
    return this.caller.peer
  }

  /** Waits no longer than `ms`: whoever only wants to know whether the other side lives is in a hurry. */
  hello(ms: number = LIMITS.requestMs): Promise<Hello> {
    return this.#ask('hello', this.#hello(), ms)
  }

  put({ envelope, body }: Parcel): Promise<PutReply> {
    return this.#ask('put', body === undefined ? { envelope } : { envelope, body })
  }

  async want(id: string): Promise<Parcel | undefined> {
    const reply = await this.#ask('want', id)
    return reply === false ? undefined : reply
  }

  async putChunk({ attachment, offset, chunk }: Chunk): Promise<number> {
    return (await this.#ask('putChunk', { attachment, offset, chunk })).next
  }

  async wantChunk(attachment: string, offset: number): Promise<Uint8Array | undefined> {
    const reply = await this.#ask('wantChunk', { attachment, offset })
    return reply === false ? undefined : reply
  }

  charters(above: number): Promise<readonly Uint8Array[]> {
    return this.#ask('charters', above)
  }

  /** Names the newest of what it has where that is more than one frame holds: being sent a known one costs little. */
  open(topics: readonly string[], have: readonly string[]): Promise<OpenReply> {
    return this.#ask('open', { topics: [...topics], have: have.slice(-IDS) })
  }

  async head(): Promise<{ seq: number; id: string; actions: readonly string[] } | undefined> {
    const reply = await this.#ask('head', true)
    return reply === false ? undefined : reply
  }

  neighbours(): Promise<readonly string[]> {
    return this.#ask('neighbours', true)
  }

  present(): Promise<PresentReply> {
    return this.#ask('present', true)
  }

  async *follow(
    filter: FollowFilter,
    cursors: readonly Cursor[],
    signal: AbortSignal
  ): AsyncIterable<FeedItem | FeedMark> {
    yield* follow(new Frames(await this.#openStream()), this.peer, { filter, cursors, signal })
  }

  /** Ends the long-lived stream; what is under way fails with `unreached`. */
  async close(): Promise<void> {
    const frames = this.#frames
    this.#fail(new GumshoeError('unreached', `The connection to ${this.peer} was closed.`))
    await frames?.then(open => open.close()).catch(() => undefined)
  }

  async #ask<V extends Exclude<Verb, 'follow'>>(
    verb: V,
    argument: Ask<V>,
    ms: number = LIMITS.requestMs
  ): Promise<Reply<V>> {
    while (this.#flying >= IN_FLIGHT) await new Promise<void>(turn => this.#waiting.push(turn))
    this.#flying++
    try {
      const frames = await this.#connected()
      const frame = await this.#exchange(frames, verb, argument, ms)
      if (frame[0] === 'error') throw errorOf(frame)
      return fit(VERBS[verb].reply as unknown as z.ZodType<Reply<V>>, frame[2], verb)
    } finally {
      this.#flying--
      this.#waiting.shift()?.()
    }
  }

  #exchange(frames: Frames, verb: Verb, argument: unknown, ms: number): Promise<readonly unknown[]> {
    const request = this.#next()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(request)
        const waited = `within ${ms / 1_000} s`
        reject(new GumshoeError('timeout', `${this.peer} did not answer ${verb} ${waited}.`))
      }, ms)
      this.#pending.set(request, { resolve, reject, timer })
      frames.write([verb, request, argument]).catch(error => {
        clearTimeout(timer)
        this.#pending.delete(request)
        reject(asUnreached(error, this.peer))
      })
    })
  }

  #connected(): Promise<Frames> {
    if (this.#frames !== undefined) return this.#frames
    const opening = this.#openStream().then(
      stream => {
        const frames = new Frames(stream)
        void this.#read(frames, opening)
        // A stream begins with hello; its answer is of interest only to those who ask for it.
        void frames.write(['hello', this.#next(), this.#hello()]).catch(() => undefined)
        return frames
      },
      error => {
        if (this.#frames === opening) this.#frames = undefined
        throw asUnreached(error, this.peer)
      }
    )
    this.#frames = opening
    return opening
  }

  async #read(frames: Frames, opening: Promise<Frames>): Promise<void> {
    let reason: unknown = new GumshoeError('unreached', `${this.peer} closed the stream.`)
    try {
      for (;;) {
        const frame = await frames.read()
        if (frame === undefined) break
        // The answer to hello, and those that came too late, are nobody's.
        const pending = this.#pending.get(frame[1] as number)
        if (pending === undefined) continue
        this.#pending.delete(frame[1] as number)
        clearTimeout(pending.timer)
        pending.resolve(frame)
      }
    } catch (error) {
      reason = error
    }
    frames.abort(reason)
    if (this.#frames === opening) this.#fail(asUnreached(reason, this.peer))
  }

  #next(): number {
    this.#request += 2
    return this.#request
  }

  #fail(error: Error): void {
    this.#frames = undefined
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#pending.clear()
  }
}

const asUnreached = (error: unknown, peer: string): Error =>
  error instanceof GumshoeError
    ? error
    : new GumshoeError('unreached', `The connection to ${peer} failed.`, { cause: error })
