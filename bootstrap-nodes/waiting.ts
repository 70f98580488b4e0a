import { LIMITS } from '../src/limits.ts'
import type { Parcel } from '../src/mesh/sync/ports.ts'

/** After so many tries what a document names is not expected to come any more. */
const TRIES = 30

/** Documents of another node that name something which is not here yet: bounded in bytes and in tries. */
export class Waiting {
  #waiting: { readonly parcel: Parcel; readonly tries: number }[] = []
  #bytes = 0

  get size(): number {
    return this.#waiting.length
  }

  /** False where it was tried too often or there is no room. */
  add(parcel: Parcel, tries: number): boolean {
    const bytes = sizeOf(parcel)
    if (tries > TRIES || this.#bytes + bytes > LIMITS.replicaWaitingBytes) return false
    this.#bytes += bytes
    this.#waiting.push({ parcel, tries })
    return true
  }

  /** Empties it; whatever can't be taken now is added again. */
  takeAll(): readonly { readonly parcel: Parcel; readonly tries: number }[] {
    const all = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    return all
  }
}

const sizeOf = ({ envelope, body }: Parcel): number => envelope.length + (body?.length ?? 0)
