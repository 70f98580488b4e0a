import { codeOf, GumshoeError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { errorOf, type Frames } from './frames.ts'
import type { Caller, Cursor, FeedItem, FeedMark, FollowFilter, SyncPort } from './ports.ts'
import { fit, VERBS } from './verbs.ts'

/** A follower may grant no more than this at a time: what it grants is sent, whatever it holds. */
const CREDIT_MAX = 64 * LIMITS.followCredit

export interface FollowAsk {
  readonly filter: FollowFilter
  readonly cursors: readonly Cursor[]
  readonly signal: AbortSignal
}

/** Follows one peer's feed over a stream of its own, granting credit as items are taken; ends with the feed, with `signal`, or throws. */
export async function* follow(
  frames: Frames,
  peer: string,
  { filter, cursors, signal }: FollowAsk
): AsyncIterable<FeedItem | FeedMark> {
  const { kinds, ...rest } = filter
  let ended = false
  try {
    await frames.write([
      'follow',
      1,
      { filter: { ...rest, ...(kinds && { kinds: [...kinds] }) }, cursors: [...cursors] }
    ])
    await frames.write(['credit', 1, LIMITS.followCredit])
    let taken = 0
    for (;;) {
      const frame = await frames.read(signal)
      if (frame === undefined && signal.aborted) return
      if (frame === undefined) throw new GumshoeError('unreached', `${peer} ended the feed.`)
      ended = frame[0] === 'end'
      if (ended) return
      if (frame[0] === 'error') throw errorOf(frame)
      yield fit(VERBS.follow.reply, frame[2], 'follow')
      taken++
      if (taken < LIMITS.followCredit / 2) continue
      await frames.write(['credit', 1, taken])
      taken = 0
    }
  } finally {
    // A follower that leaves early is not sent what is on its way.
    if (ended) await frames.close()
    else frames.abort(new Error('the follower left'))
  }
}

/** Sends the feed as fast as the follower grants credit; the stream belongs to this follower alone. Never throws. */
export const serveFollow = async (
  frames: Frames,
  caller: Caller,
  port: SyncPort | undefined,
  argument: unknown
): Promise<void> => {
  const stop = new AbortController()
  const credit = new Credit(frames, stop)
  try {
    if (port === undefined) throw new GumshoeError('unsupported', 'This peer serves nothing.')
    const { filter, cursors } = fit(VERBS.follow.ask, argument, 'follow')
    for await (const item of port.follow(caller, filter, cursors, stop.signal)) {
      await credit.take()
      if (stop.signal.aborted) break
      await frames.write(['item', 1, item])
    }
    if (!stop.signal.aborted) await frames.write(['end', 1])
  } catch (error) {
    const said = error instanceof GumshoeError ? error.message : 'This side failed.'
    if (!stop.signal.aborted) await frames.write(['error', 1, codeOf(error), said]).catch(() => undefined)
  } finally {
    await frames.close()
    await credit.read
  }
}

/** What the follower lets us send; its stream's end stops the feed. */
class Credit {
  readonly read: Promise<void>
  readonly #stop: AbortController
  #left = 0
  #more: () => void = () => undefined

  constructor(frames: Frames, stop: AbortController) {
    this.#stop = stop
    this.read = this.#listen(frames)
      .catch(error => frames.abort(error))
      .finally(() => {
        stop.abort()
        this.#more()
      })
  }

  /** Resolves when one more item may go, or nothing may. */
  async take(): Promise<void> {
    while (this.#left <= 0 && !this.#stop.signal.aborted)
      await new Promise<void>(resolve => (this.#more = resolve))
    this.#left--
  }

  async #listen(frames: Frames): Promise<void> {
    for (;;) {
      const frame = await frames.read()
      if (frame === undefined) return
      const [word, , count] = frame
      if (word !== 'credit' || !Number.isSafeInteger(count) || (count as number) < 1)
        throw new GumshoeError('protocol', 'A follower sends credit only.')
      this.#left = Math.min(this.#left + (count as number), CREDIT_MAX)
      this.#more()
    }
  }
}
