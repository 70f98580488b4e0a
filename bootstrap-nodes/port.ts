import type { Clock } from '../src/clock.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { read } from '../src/documents/read.ts'
import { codeOf, GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type {
  Caller,
  Cursor,
  FeedItem,
  FeedMark,
  FollowFilter,
  Parcel,
  SyncPort
} from '../src/mesh/sync/ports.ts'
import type { Documents } from '../src/store/documents.ts'
import type { Kept } from '../src/store/kept.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import type { Attachments } from './attachments.ts'
import { placeInChain } from './index-of.ts'
import type { Keeper } from './keeper.ts'
import type { OpenActions } from './open-actions.ts'

export interface PortComponents {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly documents: Documents
  readonly open: OpenActions
  readonly keeper: Keeper
  readonly attachments: Attachments
  /** Addresses of other agents that listen and are connected now. */
  neighbours(peer: string): readonly string[]
  /** Peer ids of agents that are connected now. */
  present(): readonly string[]
}

/** Answers that a head tells of: those to actions that may still be open are among the last. */
const TOLD = 4_000

/** What one reply may hold (src/mesh/sync/verbs.ts). */
const CHARTERS = 64

/** As many of them, in order, as fit one frame; the asker asks again above the last. */
const fitting = (charters: readonly Uint8Array[]): Uint8Array[] => {
  const most = LIMITS.frameBytes - LIMITS.smallBytes
  let bytes = 0
  let count = 0
  for (const envelope of charters) {
    bytes += envelope.length
    if ((bytes > most && count > 0) || count >= CHARTERS) break
    count++
  }
  return charters.slice(0, count)
}

const KEYWRAP = 'gumshoe/keywrap/1'

/** An agent may see the headers of its own chain again: after a restored snapshot it believes only what it signed itself. */
const ownLink = (peer: string, { kind, parcel: { envelope } }: Kept): Parcel | undefined => {
  if (kind !== 'gumshoe/answer/1' && kind !== 'gumshoe/dropped/1') return undefined
  return read(decodeEnvelope(envelope).bytes, kind).agent === peer ? { envelope } : undefined
}

/** What a bootstrap node serves, each verb with its read control (design 6): agents get what is theirs, consoles what their person may read, nodes all. */
export const bootstrapPort = (components: PortComponents): SyncPort => {
  const { clock, chain, documents, open, keeper, attachments, neighbours, present } = components

  /** A keywrap is for its reader alone; anything else is for every person. */
  const readable = (caller: Caller, kind: string, envelope: Uint8Array): boolean => {
    if (caller.role !== 'console' || kind !== KEYWRAP) return true
    const { reader } = read(decodeEnvelope(envelope).bytes, KEYWRAP)
    return chain.person(reader)?.name === caller.person
  }

  return {
    hello: () => ({ charterVersion: chain.current.charter.version, charterId: chain.current.id }),
    put: async (caller, parcel) => {
      try {
        return { receipt: await keeper.put(caller.role, parcel) }
      } catch (error) {
        if (!(error instanceof GumshoeError)) throw error
        return { refused: codeOf(error), message: error.message }
      }
    },
    want: async (caller, id) => {
      const kept = await documents.get(id)
      if (caller.role === 'agent' && !open.readable(id, caller.tags))
        return kept && ownLink(caller.peer, kept)
      return kept && readable(caller, kept.kind, kept.parcel.envelope) ? kept.parcel : undefined
    },
    putChunk: async (caller, chunk) => {
      if (caller.role !== 'console')
        throw new GumshoeError('policy', `A peer of role ${caller.role} may not put an attachment.`)
      return attachments.put(caller.person, chunk)
    },
    wantChunk: async (caller, attachment, offset) => {
      const isAsked = (id: string) => caller.role !== 'agent' || open.readable(id, caller.tags)
      return attachments.namedBy(attachment).some(isAsked) ? attachments.chunk(attachment, offset) : undefined
    },
    charters: async (_, above) => fitting(chain.envelopes(above)),
    open: async (caller, topics, have) =>
      open.compare(caller.role === 'agent' ? caller.tags : topics, have, clock.now()),
    head: async caller => {
      if (caller.role !== 'agent') return undefined
      const subject = `chain:${caller.peer}`
      const answers = await documents.about(subject, 'gumshoe/answer/1', { last: TOLD })
      const [dropped] = await documents.about(subject, 'gumshoe/dropped/1', { last: 1 })
      const heads = [answers.at(-1), dropped].filter(found => found !== undefined)
      const [head] = heads.sort((a, b) => placeInChain(b.place).seq - placeInChain(a.place).seq)
      if (head === undefined) return undefined
      const actions = new Set(answers.map(({ place }) => placeInChain(place).action))
      return { seq: placeInChain(head.place).seq, id: head.id, actions: [...actions] }
    },
    neighbours: async caller => neighbours(caller.peer),
    present: async caller => {
      // Persons read presences too; a host has no use for the list of all others.
      if (caller.role === 'agent') throw new GumshoeError('policy', 'Agents do not ask who is there.')
      return { peers: present(), whole: true }
    },
    follow: (caller, filter, cursors, signal) => followAs(caller, filter, cursors, signal)
  }

  async function* followAs(
    caller: Caller,
    filter: FollowFilter,
    cursors: readonly Cursor[],
    signal: AbortSignal
  ): AsyncIterable<FeedItem | FeedMark> {
    if (caller.role === 'agent') throw new GumshoeError('policy', 'Agents do not follow feeds.')
    for await (const item of documents.follow(filter, cursors, signal)) {
      if ('caughtUp' in item || readable(caller, item.kind, item.parcel.envelope)) yield item
    }
  }
}
