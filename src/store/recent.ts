import { ownBytes } from '../codec.ts'
import type { Kept } from './kept.ts'

/**
 * The documents that were kept last, so that followers and the next judge are not sent to the disk for what came a moment
 * ago. Bounded in bytes; those that nobody has asked for the longest go first.
 */
export class Recent {
  readonly #most: number
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  /** `most` bytes of envelopes and bodies, and of what holds them. */
  constructor(most: number) {
    this.#most = most
  }

  get(id: string): Kept | undefined {
    const kept = this.#kept.get(id)
    if (kept === undefined) return undefined
    // A question is asked for by each of its answers.
    this.#kept.delete(id)
    this.#kept.set(id, kept)
    return kept
  }

  add(kept: Kept): void {
    this.forget(kept.id)
    this.#kept.set(kept.id, withOwn(kept))
    this.#bytes += sizeOf(kept)
    for (const id of this.#kept.keys()) {
      if (this.#bytes <= this.#most) return
      this.forget(id)
    }
  }

  forget(id: string): void {
    const kept = this.#kept.get(id)
    if (kept === undefined) return
    this.#kept.delete(id)
    this.#bytes -= sizeOf(kept)
  }
}

/** Without what its bytes were a part of, which could be thirty times as much. */
const withOwn = (kept: Kept): Kept => {
  const { envelope, body } = kept.parcel
  return { ...kept, parcel: { envelope: ownBytes(envelope), ...(body && { body: ownBytes(body) }) } }
}

/** What Node takes for a document beside its bytes: two array buffers, strings, a place in the map. */
const HOLDING = 1_024

const sizeOf = ({ parcel: { envelope, body } }: Kept): number =>
  HOLDING + envelope.length + (body?.length ?? 0)
