import { sha256Hex } from '../codec.ts'
import type { Attachment } from '../documents/attachment.ts'
import { LIMITS } from '../limits.ts'
import type { Database } from './database.ts'

const SHELF = 'attached'

/** Chunks of one attachment are next to each other, in their order. */
const keyOf = ({ attachment, bytes }: Attachment, index: number): string =>
  `${attachment}-${bytes}/${String(index).padStart(3, '0')}`
const KEY = /^([0-9a-f]+)-(\d+)\//

interface Held {
  /** As it was proved: no other bytes have this hash, so it has no other size. */
  readonly bytes: number
  chunks: number
}

const chunksOf = (bytes: number): number => Math.ceil(bytes / LIMITS.chunkBytes)

/**
 * Attachments by hash, a record a chunk, so that serving one holds no more than a chunk in memory. What is whole is written
 * in one batch; what is damaged or in part is none, and may be had again. Nothing is judged here.
 */
export class AttachmentShelf {
  readonly #database: Database
  readonly #held: Map<string, Held>

  private constructor(database: Database, held: Map<string, Held>) {
    this.#database = database
    this.#held = held
  }

  /** Only keys are read: there may be hundreds of megabytes. */
  static async open(database: Database): Promise<AttachmentShelf> {
    const held = new Map<string, Held>()
    for (const key of await database.keys(SHELF)) {
      const [, id, bytes] = KEY.exec(key) ?? []
      if (id === undefined) continue
      const one = held.get(id) ?? { bytes: Number(bytes), chunks: 0 }
      one.chunks++
      held.set(id, one)
    }
    return new AttachmentShelf(database, held)
  }

  has({ attachment, bytes }: Attachment): boolean {
    return this.sizeOf(attachment) === bytes
  }

  /** How many bytes it has, where it is here as a whole: whoever names it by another size names nothing. */
  sizeOf(attachment: string): number | undefined {
    const held = this.#held.get(attachment)
    return held?.chunks === chunksOf(held?.bytes ?? 0) ? held?.bytes : undefined
  }

  /** Ids of all that is here, also in part. */
  ids(): string[] {
    return [...this.#held.keys()]
  }

  /** Keeps what was proved, synced. Throws what the database throws. */
  async keep(named: Attachment, whole: Uint8Array): Promise<void> {
    const { attachment, bytes } = named
    const writes = []
    for (let at = 0; at < bytes; at += LIMITS.chunkBytes)
      writes.push({
        shelf: SHELF,
        key: keyOf(named, at / LIMITS.chunkBytes),
        value: whole.subarray(at, at + LIMITS.chunkBytes)
      })
    await this.#database.write(writes, { sync: true })
    this.#held.set(attachment, { bytes, chunks: chunksOf(bytes) })
  }

  /** The chunk that begins there; undefined where there is none, and from then on none of it where a record is damaged. */
  async chunk(attachment: string, offset: number): Promise<Uint8Array | undefined> {
    const index = offset / LIMITS.chunkBytes
    const held = this.#held.get(attachment)
    if (held === undefined || !Number.isInteger(index) || index >= held.chunks) return undefined
    const key = keyOf({ attachment, bytes: held.bytes }, index)
    const chunk = await this.#database.get(SHELF, key).catch(() => undefined)
    if (chunk === undefined) await this.remove([attachment])
    return chunk
  }

  /** The whole, proved once more; undefined where it is not here, or no longer. */
  async read(named: Attachment): Promise<Uint8Array | undefined> {
    // By a wrong size it is not here, and stays for who names it rightly.
    if (!this.has(named)) return undefined
    const { attachment, bytes } = named
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
      const keys = await this.#database.keys(SHELF, { from: `${id}-`, to: `${id}.` })
      await this.#database.write(
        keys.map(key => ({ shelf: SHELF, key })),
        { sync: false }
      )
    }
  }
}
