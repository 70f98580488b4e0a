import { encodeCbor } from '../codec.ts'
import type { Database, Write } from './database.ts'
import { padded, SHELF } from './kept.ts'

export interface Change {
  /** Where they name the place in the feed, a function of it. */
  readonly writes: readonly Write[] | ((sequence: number) => readonly Write[])
  /** How many documents there are more (or fewer) afterwards. */
  readonly more: number
  /** What the feed says about it, where it is news. */
  readonly news?: Uint8Array
}

interface Pending extends Change {
  done(): void
  failed(error: unknown): void
}

/** Changes of one batch: some 10 MiB of the largest answers. */
const GROUP = 256

/**
 * Group commit: changes that come together are one synced batch, so that an acknowledgement costs a share of a sync. The
 * counter of documents is in every batch; sequences of the feed are given in the order of writing, never twice.
 */
export class Group {
  readonly #database: Database
  readonly #written: (sequence: number) => void
  readonly #waiting: Pending[] = []
  readonly #at: () => Promise<{ sequence: number; count: number }>
  #writing = false
  #failed = false
  sequence: number
  count: number

  constructor(
    database: Database,
    at: { sequence: number; count: number },
    written: (sequence: number) => void,
    /** Reads where the store stands. */
    readAt: () => Promise<{ sequence: number; count: number }>
  ) {
    this.#database = database
    this.#written = written
    this.#at = readAt
    this.sequence = at.sequence
    this.count = at.count
  }

  /** Resolves when the change is on the disk, synced. */
  commit(change: Change): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ ...change, done, failed })
      if (!this.#writing) void this.#flush()
    })
  }

  async #flush(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, GROUP)
      try {
        await this.#afterFailure()
      } catch (error) {
        for (const { failed } of group) failed(error)
        continue
      }
      let { sequence, count } = this
      const writes: Write[] = []
      for (const change of group) {
        if (change.news) writes.push({ shelf: SHELF.feed, key: padded(++sequence), value: change.news })
        writes.push(...(typeof change.writes === 'function' ? change.writes(sequence) : change.writes))
        count += change.more
      }
      writes.push(countWrite(count))
      try {
        await this.#database.write(writes, { sync: true })
        this.sequence = sequence
        this.count = count
        for (const { done } of group) done()
        this.#written(sequence)
      } catch (error) {
        this.#failed = true
        for (const { failed } of group) failed(error)
      }
    }
    this.#writing = false
  }

  /** A batch that failed may be on the disk all the same: then the feed has told of it, and its sequence is taken. */
  async #afterFailure(): Promise<void> {
    if (!this.#failed) return
    await this.#database.whole()
    const { sequence, count } = await this.#at()
    this.sequence = sequence
    this.count = count
    this.#failed = false
    this.#written(sequence)
  }
}

export const countWrite = (count: number): Write => ({
  shelf: SHELF.meta,
  key: 'count',
  value: encodeCbor(count)
})
