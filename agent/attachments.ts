import { type Clock, parseTime } from '../src/clock.ts'
import type { Action } from '../src/documents/action.ts'
import { type Attachment, attachmentsOf } from '../src/documents/attachment.ts'
import { codeOf, GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Log } from '../src/log.ts'
import { clientsOf } from '../src/mesh/clients.ts'
import type { Mesh } from '../src/mesh/mesh.ts'
import { fetchAttachment, Incoming } from '../src/mesh/sync/attachments.ts'
import type { Caller, Chunk, SyncClient } from '../src/mesh/sync/ports.ts'
import type { AttachmentShelf } from '../src/store/attachments.ts'
import type { Accepted, VerifiedAction } from '../src/trust/permit.ts'
import { Turns } from '../src/turns.ts'
import type { Memory } from './memory.ts'

export interface AttachmentsComponents {
  readonly clock: Clock
  readonly shelf: AttachmentShelf
  readonly memory: Pick<Memory, 'isCancelled' | 'begin'>
  readonly log: Log
  /** Aborts when the agent stops. */
  readonly signal: AbortSignal
  mesh(): Pick<Mesh, 'members' | 'client'>
}

interface Wanted {
  readonly attachments: readonly Attachment[]
  readonly bytes: number
}

const FIRST_MS = 500
const MOST_MS = 30_000
/** A node that has not given it by then is not waited for alone. */
const SLOW_MS = 5_000

/**
 * What an accepted action names, fetched before its run: from whichever node has it, or as a console puts it here when
 * every node is gone. It lies in the store of this home, proved by its hash, until the action is answered.
 */
export class Attachments {
  readonly #components: AttachmentsComponents
  readonly #incoming: Incoming
  readonly #wanted = new Map<string, Wanted>()
  /** One at a time: each is in memory as a whole until it is proved. */
  readonly #turns = new Turns()

  constructor(components: AttachmentsComponents) {
    this.#components = components
    this.#incoming = new Incoming(components.clock)
  }

  /**
   * Hands an accepted action on to the runner when it can be run as far as this goes. Rejects when the agent stops, or can't
   * write that it begins: then nothing of it has run, and a later life or round takes it up again.
   */
  async before(accepted: Accepted, runner: { take(accepted: Accepted): void }): Promise<void> {
    await this.gather(accepted)
    await this.#components.memory.begin(accepted.id)
    runner.take(accepted)
  }

  /**
   * Resolves to the action when all that it names is here, or can be had no more: it expired, or was cancelled. Rejects
   * when the agent stops.
   */
  async gather<A extends Pick<VerifiedAction, 'id' | 'action'>>(accepted: A): Promise<A> {
    const { id, action } = accepted
    const attachments = attachmentsOf(action)
    if (attachments.length === 0) return accepted
    const { clock, memory } = this.#components
    const wanted = { attachments, bytes: attachments.reduce((sum, { bytes }) => sum + bytes, 0) }
    const isOver = () => clock.now() > parseTime(action.expires) || memory.isCancelled(id)
    for (let ms = FIRST_MS; !isOver(); ms = Math.min(2 * ms, MOST_MS)) {
      if (this.#hasRoom(id, wanted)) {
        this.#wanted.set(id, wanted)
        if (await this.#fetchAll(wanted)) return accepted
      }
      await this.#pause(ms, wanted, isOver)
    }
    return accepted
  }

  /** All that an operation names; undefined where something of it is not here. */
  async read(
    operation: Pick<Action['operations'][number], 'params'>
  ): Promise<Map<string, Uint8Array> | undefined> {
    const whole = new Map<string, Uint8Array>()
    for (const named of attachmentsOf({ operations: [operation] })) {
      const bytes = await this.#components.shelf.read(named)
      if (bytes === undefined) return undefined
      whole.set(named.attachment, bytes)
    }
    return whole
  }

  /** The action is answered: what no other one wants goes. */
  async release(id: string): Promise<void> {
    const wanted = this.#wanted.get(id)
    if (wanted === undefined) return
    this.#wanted.delete(id)
    const still = new Set(this.#all().map(({ attachment }) => attachment))
    await this.#components.shelf.remove(
      wanted.attachments.map(({ attachment }) => attachment).filter(one => !still.has(one))
    )
  }

  /** Takes a chunk of what an action here waits for, from a console. Throws `policy`, `not-found`, `bad-attachment`. */
  async put(caller: Caller, chunk: Chunk): Promise<number> {
    if (caller.role !== 'console')
      throw new GumshoeError('policy', `An agent takes no attachment from a peer of role ${caller.role}.`)
    const { attachment } = chunk
    const sizes = this.#all()
      .filter(one => one.attachment === attachment)
      .map(({ bytes }) => bytes)
    if (sizes.length === 0)
      throw new GumshoeError('not-found', 'No action that waits here names this attachment.')
    const { shelf } = this.#components
    const here = shelf.sizeOf(attachment)
    if (here !== undefined) return here
    const taken = this.#incoming.take(caller.person, attachment, sizes, chunk)
    if ('next' in taken) return taken.next
    const bytes = taken.whole.length
    await shelf.keep({ attachment, bytes }, taken.whole)
    return bytes
  }

  #all(): Attachment[] {
    return [...this.#wanted.values()].flatMap(({ attachments }) => attachments)
  }

  /** The disk of a host is not for what waits: the next one begins when another is answered. */
  #hasRoom(id: string, { bytes }: Wanted): boolean {
    if (this.#wanted.has(id)) return true
    const held = [...this.#wanted.values()].reduce((sum, other) => sum + other.bytes, 0)
    return held + bytes <= LIMITS.hostAttachmentBytes
  }

  async #fetchAll({ attachments }: Wanted): Promise<boolean> {
    for (const named of attachments) await this.#turns.take('fetch', () => this.#fetch(named))
    return attachments.every(named => this.#components.shelf.has(named))
  }

  /** From whichever node has it first: beside one that is slow the next is asked, so that it holds up nobody (threats.md, T4). */
  async #fetch(named: Attachment): Promise<void> {
    const { clock, signal, mesh } = this.#components
    if (!this.#isMissing(named)) return
    const tries: Promise<boolean>[] = []
    for (const node of await clientsOf(mesh(), 'node')) {
      const one = this.#fetchFrom(node, named)
      tries.push(one)
      const slow = new AbortController()
      const late = clock.sleep(SLOW_MS, AbortSignal.any([signal, slow.signal]), true).catch(() => undefined)
      await Promise.race([one, late])
      slow.abort()
      signal.throwIfAborted()
      if (!this.#isMissing(named)) return
    }
    await Promise.any(tries.map(async one => (await one) || Promise.reject())).catch(() => undefined)
  }

  /** True where it is here now; a node that sends something else is passed over. */
  async #fetchFrom(node: SyncClient, named: Attachment): Promise<boolean> {
    const { shelf, log } = this.#components
    try {
      const whole = await fetchAttachment(node, named, () => this.#isMissing(named))
      if (whole === undefined || !this.#isMissing(named)) return false
      await shelf.keep(named, whole)
      return true
    } catch (error) {
      const code = codeOf(error)
      log(code === 'bad-attachment' ? 'warn' : 'debug', 'no-attachment', { from: node.peer, code })
      return false
    }
  }

  /** Wanted, and not here: what comes late from a slow node is neither. */
  #isMissing(named: Attachment): boolean {
    return (
      !this.#components.shelf.has(named) &&
      this.#all().some(({ attachment }) => attachment === named.attachment)
    )
  }

  /** Waits, but not for what a console has put here meanwhile, nor beyond the end. */
  async #pause(ms: number, { attachments }: Wanted, isOver: () => boolean): Promise<void> {
    const { clock, signal, shelf } = this.#components
    for (let waited = 0; waited < ms && !isOver(); waited += FIRST_MS) {
      await clock.sleep(FIRST_MS, signal, true)
      if (attachments.every(named => shelf.has(named))) return
    }
  }
}
