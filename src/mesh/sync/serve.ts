import type { Stream } from '@libp2p/interface'
import { codeOf, GumshoeError } from '../../errors.ts'
import { Frames, fit, isVerb, VERBS, type Verb } from './frames.ts'
import type { Caller, Hello, SyncPort } from './ports.ts'

/** Requests of one stream that are worked on at a time; reading waits beyond, which holds the sender back. */
const AT_ONCE = 32

export interface ServeComponents {
  /** Undefined for a member that serves nothing but hello. */
  port?: SyncPort
  hello(): Hello
  /** The peer said hello: it is there. */
  greeted(hello: Hello): void
  /** True while the peer may ask one more thing. */
  allowed(): boolean
}

/** Serves one inbound stream of a member until it ends. Never throws: what goes wrong is answered or ends the stream. */
export const serve = async (stream: Stream, caller: Caller, components: ServeComponents): Promise<void> => {
  const frames = new Frames(stream)
  let working = 0
  let turn: (() => void) | undefined
  try {
    for (;;) {
      const frame = await frames.read()
      if (frame === undefined) break
      const [verb, request, argument] = frame
      if (!isVerb(verb)) throw new GumshoeError('protocol', 'The verb is not known.')
      if (verb === 'follow') return await serveFollow(frames, caller, components, argument)
      while (working >= AT_ONCE) await new Promise<void>(resume => (turn = resume))
      working++
      void answer(caller, components, verb, argument)
        .then(result => frames.write(result === undefined ? ['ok', request] : ['ok', request, result]))
        .catch(error => frames.write(['error', request, codeOf(error), sayTo(error)]))
        .catch(error => frames.abort(error))
        .finally(() => {
          working--
          turn?.()
          turn = undefined
        })
    }
    await frames.close()
  } catch (error) {
    frames.abort(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Only our own sentences cross the wire; what else went wrong here is nobody's business there. */
const sayTo = (error: unknown): string =>
  error instanceof GumshoeError ? error.message : 'This side failed.'

const answer = async (
  caller: Caller,
  { port, hello, greeted, allowed }: ServeComponents,
  verb: Exclude<Verb, 'follow'>,
  argument: unknown
): Promise<unknown> => {
  if (verb === 'hello') {
    greeted(fit(VERBS.hello.ask, argument, verb))
    return hello()
  }
  if (port === undefined) throw new GumshoeError('unsupported', 'This peer serves nothing.')
  if (!allowed()) throw new GumshoeError('rate', 'This peer asks too often.')
  switch (verb) {
    case 'put':
      return port.put(caller, fit(VERBS.put.ask, argument, verb))
    case 'want':
      return (await port.want(caller, fit(VERBS.want.ask, argument, verb))) ?? false
    case 'charters':
      return [...(await port.charters(caller, fit(VERBS.charters.ask, argument, verb)))]
    case 'open': {
      const { topics, have } = fit(VERBS.open.ask, argument, verb)
      return port.open(caller, topics, have)
    }
    case 'head':
      return (await port.head(caller)) ?? false
    case 'neighbours':
      return [...(await port.neighbours(caller))]
  }
}

/** Sends the feed as fast as the follower grants credit; the stream belongs to this follower alone. */
const serveFollow = async (
  frames: Frames,
  caller: Caller,
  { port }: ServeComponents,
  argument: unknown
): Promise<void> => {
  if (port === undefined) throw new GumshoeError('unsupported', 'This peer serves nothing.')
  const stop = new AbortController()
  let credit = 0
  let more: (() => void) | undefined
  const listen = async () => {
    for (;;) {
      const frame = await frames.read()
      if (frame === undefined) break
      if (frame[0] !== 'credit' || !Number.isSafeInteger(frame[2]))
        throw new GumshoeError('protocol', 'A follower sends credit only.')
      credit = Math.min(credit + (frame[2] as number), 1_000_000)
      more?.()
    }
  }
  const listening = listen()
    .catch(() => undefined)
    .finally(() => {
      stop.abort()
      more?.()
    })
  try {
    const { filter, cursors } = fit(VERBS.follow.ask, argument, 'follow')
    for await (const item of port.follow(caller, filter, cursors, stop.signal)) {
      while (credit <= 0 && !stop.signal.aborted) await new Promise<void>(resume => (more = resume))
      if (stop.signal.aborted) break
      credit--
      await frames.write(['item', 1, item])
    }
    if (!stop.signal.aborted) await frames.write(['end', 1])
  } catch (error) {
    if (!stop.signal.aborted)
      await frames.write(['error', 1, codeOf(error), sayTo(error)]).catch(() => undefined)
  } finally {
    await frames.close()
    await listening
  }
}
