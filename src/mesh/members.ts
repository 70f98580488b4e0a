import type {
  ConnectionEncrypter,
  MessageStream,
  SecureConnectionOptions,
  SecuredConnection
} from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import type { Clock } from '../clock.ts'
import { decodeCbor, encodeCbor } from '../codec.ts'
import { GumshoeError, isErrorCode } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { makeNoise } from './noise.ts'
import type { Caller } from './sync/ports.ts'

/**
 * Who is connected, as judged inside the connection encrypter: noise proves the peer id, then one frame each way carries
 * the card, initiator first, and nothing else of libp2p runs before both were judged (design 6, mesh-facts.md 7).
 */
export const PROTOCOL = '/gumshoe/noise/1'

export interface Door {
  readonly clock: Clock
  /** Our own card. */
  card(): Uint8Array
  /** Judges the other side's; throws GumshoeError. */
  judge(card: Uint8Array, peer: string): Promise<Caller>
}

interface Entry {
  readonly caller: Caller
  readonly card: Uint8Array
  /** Monotonic time of the last hello, at first of the door. */
  heard: number
}

interface Judgement {
  readonly caller: Caller
  readonly card: Uint8Array
  /** The round that it began in. */
  readonly round: number
}

/** The members that passed the door, with the card by which they can be judged again. */
export class Members {
  readonly #door: Door
  readonly #known = new Map<string, Entry>()
  readonly #refusals = new Map<string, GumshoeError>()
  /** Goes up when all are judged again: a judgement that began before does not hold any more. */
  #round = 0

  constructor(door: Door) {
    this.#door = door
  }

  get(peer: string): Caller | undefined {
    return this.#known.get(peer)?.caller
  }

  all(): Caller[] {
    return [...this.#known.values()].map(({ caller }) => caller)
  }

  forget(peer: string): void {
    this.#known.delete(peer)
  }

  hear(peer: string): void {
    const entry = this.#known.get(peer)
    if (entry) entry.heard = this.#door.clock.monotonic()
  }

  /** Ms since the peer was last heard. */
  silence(peer: string): number {
    const entry = this.#known.get(peer)
    return entry ? this.#door.clock.monotonic() - entry.heard : 0
  }

  /** Why the last dial to this peer ended at the door, if it did; asked once. */
  refusal(peer: string): GumshoeError | undefined {
    const error = this.#refusals.get(peer)
    this.#refusals.delete(peer)
    return error
  }

  /** Judges everyone again; returns the peers that are members no longer. */
  async rejudge(): Promise<string[]> {
    this.#round++
    const gone: string[] = []
    for (const [peer, entry] of [...this.#known]) {
      try {
        const caller = await this.#door.judge(entry.card, peer)
        if (this.#known.get(peer) === entry) this.#known.set(peer, { ...entry, caller })
      } catch {
        this.#known.delete(peer)
        gone.push(peer)
      }
    }
    return gone
  }

  /** The encrypter for libp2p: noise without early muxer negotiation, then the door. */
  encrypter(): (components: Parameters<ReturnType<typeof makeNoise>>[0]) => ConnectionEncrypter {
    return components => {
      const inner = makeNoise()(components)
      const wrap = async (
        connection: MessageStream,
        options: SecureConnectionOptions | undefined,
        outbound: boolean
      ): Promise<SecuredConnection> => {
        const quiet = { ...options, skipStreamMuxerNegotiation: true }
        const secured = outbound
          ? await inner.secureOutbound(connection, quiet)
          : await inner.secureInbound(connection, quiet)
        await this.#meet(secured, outbound)
        return { ...secured, streamMuxer: undefined }
      }
      return {
        protocol: PROTOCOL,
        secureInbound: (connection, options) => wrap(connection, options, false),
        secureOutbound: (connection, options) => wrap(connection, options, true)
      }
    }
  }

  async #meet(secured: SecuredConnection, outbound: boolean): Promise<void> {
    const peer = secured.remotePeer.toString()
    const frames = lpStream(secured.connection, { maxDataLength: LIMITS.memberFrameBytes })
    const signal = AbortSignal.timeout(LIMITS.memberFrameMs)
    const send = (frame: unknown) => frames.write(encodeCbor(frame), { signal })
    const receive = async (): Promise<Judgement> => {
      const card = readFrame((await frames.read({ signal })).subarray())
      const round = this.#round
      try {
        return { card, round, caller: await this.#door.judge(card, peer) }
      } catch (error) {
        const code = error instanceof GumshoeError ? error.code : 'internal'
        // The other side learns why, so that an admin at its screen does; it is a word, no oracle: codes are public.
        await send(['refused', code]).catch(() => undefined)
        throw error
      }
    }
    try {
      if (outbound) await send(['card', this.#door.card()])
      const judged = await receive()
      if (!outbound) await send(['card', this.#door.card()])
      await this.#admit(peer, judged)
    } catch (error) {
      // Only of peers that we dialled: strangers could fill the memory with peer ids.
      if (outbound && error instanceof GumshoeError) this.#refusals.set(peer, error)
      throw error
    }
    frames.unwrap()
  }

  /** Judges again for as long as a charter was taken meanwhile: who it revokes must not slip in behind it. */
  async #admit(peer: string, judged: Judgement): Promise<void> {
    let { caller, round } = judged
    while (round !== this.#round) {
      round = this.#round
      caller = await this.#door.judge(judged.card, peer)
    }
    this.#known.set(peer, { caller, card: judged.card, heard: this.#door.clock.monotonic() })
  }
}

const readFrame = (bytes: Uint8Array): Uint8Array => {
  const frame = decodeCbor(bytes)
  if (Array.isArray(frame) && frame.length === 2) {
    if (frame[0] === 'card' && frame[1] instanceof Uint8Array) return frame[1]
    if (frame[0] === 'refused' && typeof frame[1] === 'string' && isErrorCode(frame[1])) {
      throw new GumshoeError(frame[1], `The other side refuses this peer: ${frame[1]}.`)
    }
  }
  throw new GumshoeError('protocol', 'The first frame of a connection is not a card.')
}
