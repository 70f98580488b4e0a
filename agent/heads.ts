import type { Clock } from '../src/clock.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { kindOf } from '../src/documents/read.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Log } from '../src/log.ts'
import type { SyncClient } from '../src/mesh/sync/ports.ts'
import { verifyDropped, verifyHeader } from '../src/trust/verify-machine.ts'
import type { Memory } from './memory.ts'

export interface HeadsComponents {
  readonly clock: Clock
  readonly memory: Memory
  readonly mesh: string
  /** Our own peer id. */
  readonly self: string
  /** Bootstrap nodes of the charter. */
  nodes(): number
  readonly log: Log
}

/** How long nothing runs at a start while no node has said how far our chain is there, and while only one has. */
const FIRST_MS = 10_000
const SECOND_MS = 2_000

/**
 * Asks nodes how far this agent's own chain is there. A node that knows more than we do shows that this home was restored
 * from a snapshot: what was answered then is not run again (design 5). Nothing runs at a start before two nodes (or the
 * only one) have said so, or the wait is over.
 */
export class Heads {
  readonly ready: Promise<void>
  readonly #components: HeadsComponents
  readonly #heard = new Set<string>()
  readonly #stop = new AbortController()
  #resolve!: () => void
  #rolledBack = false

  constructor(components: HeadsComponents) {
    this.#components = components
    this.ready = new Promise(resolve => (this.#resolve = resolve))
    this.#within(FIRST_MS)
  }

  get rolledBack(): boolean {
    return this.#rolledBack
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Compares with one node. Throws where it can't be asked, or what it says does not hold. */
  async compare(client: SyncClient): Promise<void> {
    const { memory, log } = this.#components
    const theirs = await client.head()
    const own = memory.head?.seq ?? 0
    if (theirs !== undefined && theirs.seq > own) {
      await this.#prove(client, theirs)
      log('warn', 'rolled-back', { own, theirs: theirs.seq, from: client.peer })
      this.#rolledBack = true
      for (const id of theirs.actions) await memory.recordElsewhere(id)
      await memory.setHead({ seq: theirs.seq, id: theirs.id })
    }
    this.#heard.add(client.peer)
    if (this.#heard.size >= Math.min(LIMITS.hubs, this.#components.nodes())) this.#resolve()
    else this.#within(SECOND_MS)
  }

  /** Only our own signature makes a place of our chain: a node that lies can't push it forward. */
  async #prove(client: SyncClient, { seq, id }: { seq: number; id: string }): Promise<void> {
    const { mesh, self } = this.#components
    const parcel = await client.want(id)
    if (parcel !== undefined) {
      const kind = kindOf(decodeEnvelope(parcel.envelope).bytes)
      const verify = kind === 'gumshoe/dropped/1' ? verifyDropped : verifyHeader
      const place = verify(parcel.envelope, mesh)
      if (place.id === id && place.document.agent === self && place.document.seq === seq) return
    }
    throw new GumshoeError(
      'protocol',
      `${client.peer} names place ${seq} of our chain without our signature.`
    )
  }

  #within(ms: number): void {
    this.#components.clock.sleep(ms, this.#stop.signal, true).then(this.#resolve, () => undefined)
  }
}
