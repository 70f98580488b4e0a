import type { Stream } from '@libp2p/interface'
import { codeOf, GumshoeError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { serveFollow } from './follow.ts'
import { Frames } from './frames.ts'
import type { Caller, Hello, SyncPort } from './ports.ts'
import { fit, IDS, isVerb, VERBS, type Verb } from './verbs.ts'

export interface ServeComponents {
  /** Undefined for a member that serves nothing but hello. */
  port?: SyncPort
  /** The member as judged last; undefined once it is none. */
  caller(): Caller | undefined
  hello(): Hello
  /** The peer said hello: it is there. */
  greeted(hello: Hello): void
  /** Resolves when one more request may be worked on, to the function that ends it. */
  turn(caller: Caller): Promise<() => void>
}

/** Serves one inbound stream of a member until it ends. Never throws: what goes wrong is answered or ends the stream. */
export const serve = async (stream: Stream, components: ServeComponents): Promise<void> => {
  const frames = new Frames(stream)
  try {
    const first = await frames.read(AbortSignal.timeout(LIMITS.requestMs))
    if (first?.[0] === 'follow') {
      const caller = requireCaller(components)
      // A feed has credit of its own; beginning one counts like any request.
      const end = await components.turn(caller)
      end()
      return await serveFollow(frames, caller, components.port, first[2])
    }
    if (first?.[0] !== 'hello') throw new GumshoeError('protocol', 'A stream begins with hello or follow.')
    let frame: unknown[] | undefined = first
    while (frame !== undefined) {
      await work(frames, components, frame)
      frame = await frames.read()
    }
    await frames.close()
  } catch (error) {
    frames.abort(error)
  }
}

/** Starts one request when its turn has come; the answer follows when it is ready. */
const work = async (frames: Frames, components: ServeComponents, frame: unknown[]): Promise<void> => {
  const [verb, request, argument] = frame
  if (!isVerb(verb) || verb === 'follow' || (request as number) % 2 !== 1)
    throw new GumshoeError('protocol', 'A request is a verb, an odd number and an argument.')
  const end = await components.turn(requireCaller(components))
  void answer(components, verb, argument)
    .then(result => frames.write(result === undefined ? ['ok', request] : ['ok', request, result]))
    .catch(error => frames.write(['error', request, codeOf(error), sayTo(error)]))
    .catch(error => frames.abort(error))
    .finally(end)
}

const requireCaller = ({ caller }: ServeComponents): Caller => {
  const member = caller()
  if (member === undefined) throw new GumshoeError('not-a-member', 'This peer is a member no longer.')
  return member
}

/** Only our own sentences cross the wire; what else went wrong here is nobody's business there. */
const sayTo = (error: unknown): string =>
  error instanceof GumshoeError ? error.message.slice(0, 2_000) : 'This side failed.'

const answer = async (
  components: ServeComponents,
  verb: Exclude<Verb, 'follow'>,
  argument: unknown
): Promise<unknown> => {
  const { port, hello, greeted } = components
  const caller = requireCaller(components)
  if (verb === 'hello') {
    greeted(fit(VERBS.hello.ask, argument, verb))
    return hello()
  }
  if (port === undefined) throw new GumshoeError('unsupported', 'This peer serves nothing.')
  switch (verb) {
    case 'put':
      return port.put(caller, fit(VERBS.put.ask, argument, verb))
    case 'want':
      return (await port.want(caller, fit(VERBS.want.ask, argument, verb))) ?? false
    case 'putChunk':
      return { next: await port.putChunk(caller, fit(VERBS.putChunk.ask, argument, verb)) }
    case 'wantChunk': {
      const { attachment, offset } = fit(VERBS.wantChunk.ask, argument, verb)
      return (await port.wantChunk(caller, attachment, offset)) ?? false
    }
    case 'charters':
      return oneFrame(await port.charters(caller, fit(VERBS.charters.ask, argument, verb)))
    case 'open': {
      const { topics, have } = fit(VERBS.open.ask, argument, verb)
      const { missing, cancels } = await port.open(caller, topics, have)
      const ids = missing.slice(0, IDS)
      return { missing: ids, cancels: oneFrame(cancels, 70 * ids.length) }
    }
    case 'head':
      fit(VERBS.head.ask, argument, verb)
      return headOf(await port.head(caller))
    case 'neighbours':
      fit(VERBS.neighbours.ask, argument, verb)
      return [...(await port.neighbours(caller))]
    case 'present': {
      fit(VERBS.present.ask, argument, verb)
      const { peers, whole } = await port.present(caller)
      return { peers: peers.slice(0, IDS), whole: whole && peers.length <= IDS }
    }
  }
}

const headOf = (head: Awaited<ReturnType<SyncPort['head']>>) =>
  head === undefined ? false : { ...head, actions: head.actions.slice(-IDS) }

/** As many as one frame holds beside `used` bytes, at least one: the asker comes again for the others. */
const oneFrame = (list: readonly Uint8Array[], used = 0): Uint8Array[] => {
  let bytes = used
  return list.filter((item, at) => {
    bytes += item.length + 16
    return at === 0 || bytes <= LIMITS.frameBytes
  })
}
