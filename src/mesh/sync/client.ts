import type { Stream } from '@libp2p/interface'
import type { z } from 'zod'
import { GumshoeError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { type Ask, errorOf, Frames, fit, type Reply, VERBS, type Verb } from './frames.ts'
import type {
  Caller,
  Cursor,
  FeedItem,
  FeedMark,
  FollowFilter,
  Hello,
  OpenReply,
  Parcel,
  PutReply,
  SyncClient
} from './ports.ts'

interface Pending {
  resolve(frame: readonly unknown[]): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

/** Requests under way on one stream; more wait their turn. */
const IN_FLIGHT = 64

/** The asking side of one peer over one long-lived stream; `follow` opens a stream of its own, so that a flood of answers never blocks receipts. */
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

  hello(): Promise<Hello> {
    return this.#ask('hello', this.#hello())
  }

  put(parcel: Parcel): Promise<PutReply> {
    return this.#ask(
      'put',
      parcel.body === undefined
        ? { envelope: parcel.envelope }
        : { envelope: parcel.envelope, body: parcel.body }
    )
  }

  async want(id: string): Promise<Parcel | undefined> {
    const reply = await this.#ask('want', id)
    return reply === false ? undefined : reply
  }

  charters(above: number): Promise<readonly Uint8Array[]> {
    return this.#ask('charters', above)
  }

  open(topics: readonly string[], have: readonly string[]): Promise<OpenReply> {
    return this.#ask('open', { topics: [...topics], have: [...have] })
  }

  async head(): Promise<{ seq: number; id: string; actions: readonly string[] } | undefined> {
    const reply = await this.#ask('head', true)
    return reply === false ? undefined : reply
  }

  neighbours(): Promise<readonly string[]> {
    return this.#ask('neighbours', true)
  }

  /** Ends the long-lived stream; what is under way fails with `unreached`. */
  async close(): Promise<void> {
    const frames = this.#frames
    this.#fail(new GumshoeError('unreached', `The connection to ${this.peer} was closed.`))
    await frames?.then(f => f.close()).catch(() => undefined)
  }

  async *follow(
    filter: FollowFilter,
    cursors: readonly Cursor[],
    signal: AbortSignal
  ): AsyncIterable<FeedItem | FeedMark> {
    const frames = new Frames(await this.#openStream())
    try {
      await frames.write([
        'follow',
        1,
        { filter: { ...filter, ...(filter.kinds && { kinds: [...filter.kinds] }) }, cursors: [...cursors] }
      ])
      await frames.write(['credit', 1, LIMITS.followCredit])
      let taken = 0
      for (;;) {
        const frame = await frames.read(signal)
        if (frame === undefined || frame[0] === 'end') {
          if (frame === undefined && !signal.aborted)
            throw new GumshoeError('unreached', `${this.peer} ended the feed.`)
          return
        }
        if (frame[0] === 'error') throw errorOf(frame)
        yield fit(VERBS.follow.reply, frame[2], 'follow')
        taken++
        if (taken >= LIMITS.followCredit / 2) {
          await frames.write(['credit', 1, taken])
          taken = 0
        }
      }
    } finally {
      await frames.close()
    }
  }

  async #ask<V extends Exclude<Verb, 'follow'>>(verb: V, argument: Ask<V>): Promise<Reply<V>> {
    while (this.#flying >= IN_FLIGHT) await new Promise<void>(turn => this.#waiting.push(turn))
    this.#flying++
    try {
      const frames = await this.#connected()
      this.#request += 2
      const request = this.#request
      const answer = new Promise<readonly unknown[]>((resolve, reject) => {
        const timer = setTimeout(() => {
          this.#pending.delete(request)
          reject(
            new GumshoeError(
              'timeout',
              `${this.peer} did not answer ${verb} within ${LIMITS.requestMs / 1_000} s.`
            )
          )
        }, LIMITS.requestMs)
        this.#pending.set(request, { resolve, reject, timer })
      })
      await frames.write([verb, request, argument]).catch(error => this.#fail(asUnreached(error, this.peer)))
      const frame = await answer
      if (frame[0] === 'error') throw errorOf(frame)
      return fit(VERBS[verb].reply as unknown as z.ZodType<Reply<V>>, frame[2], verb)
    } finally {
      this.#flying--
      this.#waiting.shift()?.()
    }
  }

  #connected(): Promise<Frames> {
    this.#frames ??= this.#openStream().then(
      stream => {
        const frames = new Frames(stream)
        void this.#read(frames)
        return frames
      },
      error => {
        this.#frames = undefined
        throw asUnreached(error, this.peer)
      }
    )
    return this.#frames
  }

  async #read(frames: Frames): Promise<void> {
    try {
      for (;;) {
        const frame = await frames.read()
        if (frame === undefined) break
        const pending = this.#pending.get(frame[1] as number)
        if (pending === undefined) continue
        this.#pending.delete(frame[1] as number)
        clearTimeout(pending.timer)
        pending.resolve(frame)
      }
      this.#fail(new GumshoeError('unreached', `${this.peer} closed the stream.`))
    } catch (error) {
      this.#fail(asUnreached(error, this.peer))
      frames.abort(error instanceof Error ? error : new Error(String(error)))
    }
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
