import type { Clock } from '../../clock.ts'
import { sha256Hex } from '../../codec.ts'
import type { Attachment } from '../../documents/attachment.ts'
import { GumshoeError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { Chunk, SyncClient } from './ports.ts'

/** Where a chunk that begins there ends: every one but the last is full, or a node could make thousands of requests of one. */
export const chunkEnd = (offset: number, bytes: number): number => Math.min(offset + LIMITS.chunkBytes, bytes)

const notNamed = (): GumshoeError =>
  new GumshoeError('bad-attachment', 'The bytes are not those that the action names.')

/** True for exactly the bytes that are named. */
export const isNamed = (whole: Uint8Array, { attachment, bytes }: Attachment): boolean =>
  whole.length === bytes && sha256Hex(whole) === attachment

/** The whole of an attachment from one peer; undefined where it has none, or nobody wants it any more. Throws `bad-attachment` where it sends something else. */
export const fetchAttachment = async (
  client: Pick<SyncClient, 'wantChunk'>,
  named: Attachment,
  isWanted: () => boolean = () => true
): Promise<Uint8Array | undefined> => {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < named.bytes; ) {
    const chunk = await client.wantChunk(named.attachment, at)
    if (chunk === undefined || !isWanted()) return undefined
    const end = chunkEnd(at, named.bytes)
    if (at + chunk.length !== end) throw notNamed()
    chunks.push(chunk)
    at = end
  }
  const whole = new Uint8Array(Buffer.concat(chunks))
  if (!isNamed(whole, named)) throw notNamed()
  return whole
}

/** Gives a peer an attachment, from where it stands. Throws what it refuses. */
export const giveAttachment = async (
  client: Pick<SyncClient, 'putChunk'>,
  named: Attachment,
  whole: Uint8Array
): Promise<void> => {
  const { attachment, bytes } = named
  let at = await client.putChunk({ attachment, offset: 0, chunk: new Uint8Array() })
  while (at < bytes) {
    const end = chunkEnd(at, bytes)
    const next = await client.putChunk({ attachment, offset: at, chunk: whole.subarray(at, end) })
    if (next !== end)
      throw new GumshoeError('protocol', 'The other side lost its place in an attachment; try again.')
    at = next
  }
}

interface Part {
  readonly attachment: string
  readonly whole: Uint8Array
  filled: number
  at: number
}

/**
 * Attachments that come in chunks, in memory until they are whole and proved: one of each sender, few at a time, and the
 * one that stands still for the longest makes room (threats.md, T5). Nothing of them is kept before.
 */
export class Incoming {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #parts = new Map<string, Part>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /**
   * Takes the next chunk: the whole once it is there, else where to go on. Actions may name it by several sizes, of which
   * at most one is true: who names what another person has named does not keep it out (threats.md, T5). Throws `too-large`,
   * `bad-attachment`.
   */
  take(
    sender: string,
    attachment: string,
    sizes: readonly number[],
    { offset, chunk }: Chunk
  ): { next: number } | { whole: Uint8Array } {
    const most = Math.max(...sizes)
    const part = this.#partOf(sender, attachment, most)
    part.at = this.#clock.monotonic()
    if (offset !== part.filled || chunk.length === 0) return { next: part.filled }
    if (offset + chunk.length > part.whole.length) {
      this.#parts.delete(sender)
      throw new GumshoeError('too-large', `The attachment has ${most} bytes, not more.`)
    }
    part.whole.set(chunk, offset)
    part.filled += chunk.length
    const whole = part.whole.subarray(0, part.filled)
    const isWhole = sizes.includes(part.filled) && isNamed(whole, { attachment, bytes: part.filled })
    if (!isWhole && part.filled < part.whole.length) return { next: part.filled }
    this.#parts.delete(sender)
    if (!isWhole) throw notNamed()
    return { whole }
  }

  #partOf(sender: string, attachment: string, most: number): Part {
    const before = this.#parts.get(sender)
    // An action that came meanwhile may have named it by a larger size: then it begins again.
    if (before?.attachment === attachment && before.whole.length >= most) return before
    this.#parts.delete(sender)
    if (this.#parts.size >= LIMITS.attachmentsAtOnce) {
      const [stillest] = [...this.#parts].sort(([, a], [, b]) => a.at - b.at)[0]!
      this.#parts.delete(stillest)
    }
    const part = { attachment, whole: new Uint8Array(most), filled: 0, at: 0 }
    this.#parts.set(sender, part)
    return part
  }
}
