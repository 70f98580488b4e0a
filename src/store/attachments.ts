import { sha256Hex } from '../codec.ts'
import type { Attachment } from '../documents/attachment.ts'
import { LIMITS } from '../limits.ts'
import type { Database } from './database.ts'

const SHELF = 'attached'

/** Chunks of one attachment are next to each other, in their order. */
const keyOf = (attachment: string, index: number): string => `${attachment}/${String(index).padStart(3, '0')}`

const chunksOf = (bytes: number): number => Math.ceil(bytes / LIMITS.chunkBytes)

/**
 * Attachments by hash, a record a chunk, so that serving one holds no more than a chunk in memory. What is whole is written
 * in one batch; what is damaged or in part is none, and may be had again. Nothing is judged here.
 */
export class AttachmentShelf {
  readonly #database: Database
  /** Chunks of each. */
  readonly #held: Map<string, number>

  private constructor(database: Database, held: Map<string, number>) {
    this.#database = database
    this.#held = held
  }

  /** Only keys are read: there may be hundreds of megabytes. */
  static async open(database: Database): Promise<AttachmentShelf> {
    const held = new Map<string, number>()
    for (const key of await database.keys(SHELF)) {
      const id = key.slice(0, key.indexOf('/'))
      held.set(id, (held.get(id) ?? 0) + 1)
    }
    return new AttachmentShelf(database, held)
  }

  has({ attachment, bytes }: Attachment): boolean {
    return this.#held.get(attachment) === chunksOf(bytes)
  }

  /** Ids of all that is here, also in part. */
  ids(): string[] {
    return [...this.#held.keys()]
  }

  /** Keeps what was proved, synced. Throws what the database throws. */
  async keep({ attachment, bytes }: Attachment, whole: Uint8Array): Promise<void> {
    const writes = []
    for (let at = 0; at < bytes; at += LIMITS.chunkBytes)
      writes.push({
        shelf: SHELF,
        key: keyOf(attachment, at / LIMITS.chunkBytes),
        value: whole.subarray(at, at + LIMITS.chunkBytes)
      })
    await this.#database.write(writes, { sync: true })
    this.#held.set(attachment, chunksOf(bytes))
  }

  /** The chunk that begins there; undefined where there is none, and from then on none of it where a record is damaged. */
  async chunk(attachment: string, offset: number): Promise<Uint8Array | undefined> {
    const index = offset / LIMITS.chunkBytes
    if (!Number.isInteger(index) || index >= (this.#held.get(attachment) ?? 0)) return undefined
    const chunk = await this.#database.get(SHELF, keyOf(attachment, index)).catch(() => undefined)
    if (chunk === undefined) await this.remove([attachment])
    return chunk
  }

  /** The whole, proved once more; undefined where it is not here, or no longer. */
  async read({ attachment, bytes }: Attachment): Promise<Uint8Array | undefined> {
    const whole = new Uint8Array(bytes)
    for (let at = 0; at < bytes; at += LIMITS.chunkBytes) {
      const chunk = await this.chunk(attachment, at)
      if (chunk === undefined || at + chunk.length > bytes) return undefined
      whole.set(chunk, at)
    }
    if (sha256Hex(whole) === attachment) return whole
    await this.remove([attachment])
    return undefined
  }

  async remove(attachments: readonly string[]): Promise<void> {
    for (const id of attachments) {
      if (!this.#held.delete(id)) continue
      const keys = await this.#database.keys(SHELF, { from: `${id}/`, to: `${id}0` })
      await this.#database.write(
        keys.map(key => ({ shelf: SHELF, key })),
        { sync: false }
      )
    }
  }
}
