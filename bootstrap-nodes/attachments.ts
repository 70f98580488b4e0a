import type { Clock } from '../src/clock.ts'
import type { Attachment } from '../src/documents/attachment.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import { Incoming } from '../src/mesh/sync/attachments.ts'
import type { Chunk } from '../src/mesh/sync/ports.ts'
import type { AttachmentShelf } from '../src/store/attachments.ts'
import type { Watermark } from '../src/store/watermark.ts'

/** An open action that names attachments, and whose it is. */
export interface Naming {
  readonly id: string
  readonly persons: readonly string[]
  readonly attachments: readonly Attachment[]
  /** Until when it may be run, in ms. */
  readonly until: number
}

export interface AttachmentsComponents {
  readonly clock: Clock
  readonly shelf: AttachmentShelf
  readonly watermark: Pick<Watermark, 'check'>
}

/**
 * What the open actions of this node name, and which of it is here. Nothing is taken but what a verified action names, by
 * its hash; nothing stays when the last action that names it has expired.
 */
export class Attachments {
  readonly #components: AttachmentsComponents
  readonly #incoming: Incoming
  readonly #naming = new Map<string, Naming>()

  constructor(components: AttachmentsComponents) {
    this.#components = components
    this.#incoming = new Incoming(components.clock)
  }

  /** Throws `quota` where one of the persons would name more than one may. */
  check(persons: readonly string[], attachments: readonly Attachment[]): void {
    if (attachments.length === 0) return
    for (const person of persons) {
      const named = distinct([...this.#namedBy(person), ...attachments])
      const total = named.reduce((sum, { bytes }) => sum + bytes, 0)
      if (total > LIMITS.personAttachmentBytes)
        throw new GumshoeError(
          'quota',
          `The open actions of ${person} name ${total >> 20} MiB of attachments; wait until some end.`
        )
    }
  }

  /** An action is kept: from now on what it names is taken. */
  name(naming: Naming): void {
    if (naming.attachments.length > 0) this.#naming.set(naming.id, naming)
  }

  /** The action is gone. */
  forget(id: string): void {
    this.#naming.delete(id)
  }

  /** Ids of the open actions that name it. */
  namedBy(attachment: string): string[] {
    return this.#open()
      .filter(({ attachments }) => attachments.some(one => one.attachment === attachment))
      .map(({ id }) => id)
  }

  /** What open actions name and is not here. */
  missing(): Attachment[] {
    const { shelf } = this.#components
    return distinct(this.#open().flatMap(({ attachments }) => attachments)).filter(
      ({ attachment }) => shelf.sizeOf(attachment) === undefined
    )
  }

  /** Takes a chunk of what an open action names; where to go on. Throws `not-found`, `bad-attachment`, `too-large`, `disk-full`. */
  async put(person: string, chunk: Chunk): Promise<number> {
    const { shelf, watermark } = this.#components
    const { attachment } = chunk
    const sizes = this.#sizesOf(attachment)
    const here = shelf.sizeOf(attachment)
    if (here !== undefined) return here
    watermark.check()
    const taken = this.#incoming.take(person, attachment, sizes, chunk)
    if ('next' in taken) return taken.next
    const bytes = taken.whole.length
    await shelf.keep({ attachment, bytes }, taken.whole)
    return bytes
  }

  /** Keeps what another node had, proved. Throws `disk-full`. */
  async keep(named: Attachment, whole: Uint8Array): Promise<void> {
    this.#components.watermark.check()
    await this.#components.shelf.keep(named, whole)
  }

  async chunk(attachment: string, offset: number): Promise<Uint8Array | undefined> {
    return this.#components.shelf.chunk(attachment, offset)
  }

  /** Removes what no open action names any more. Resolves to how many. */
  async purge(): Promise<number> {
    const { shelf } = this.#components
    const named = new Set(this.#open().flatMap(({ attachments }) => attachments.map(one => one.attachment)))
    const over = shelf.ids().filter(id => !named.has(id))
    await shelf.remove(over)
    return over.length
  }

  /** Sizes by which open actions name it. Throws `not-found` where none does. */
  #sizesOf(attachment: string): number[] {
    const named = distinct(this.#open().flatMap(({ attachments }) => attachments))
    const sizes = named.filter(one => one.attachment === attachment).map(({ bytes }) => bytes)
    if (sizes.length > 0) return sizes
    throw new GumshoeError('not-found', 'No open action that is known here names this attachment.')
  }

  #namedBy(person: string): Attachment[] {
    return this.#open()
      .filter(({ persons }) => persons.includes(person))
      .flatMap(({ attachments }) => attachments)
  }

  #open(): Naming[] {
    const now = this.#components.clock.now()
    for (const [id, { until }] of this.#naming) if (now > until) this.#naming.delete(id)
    return [...this.#naming.values()]
  }
}

/** Each once by its hash and its size: of two sizes at most one is true, and nobody knows yet which. */
const distinct = (named: readonly Attachment[]): Attachment[] => [
  ...new Map(named.map(one => [`${one.attachment} ${one.bytes}`, one])).values()
]
