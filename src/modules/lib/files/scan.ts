import { setImmediate as breathe } from 'node:timers/promises'
import type { OpenFile } from '../host/directory.ts'
import { chunksOf, type ReadBudget, readNext } from '../host/read.ts'
import { type Scanned, Views } from '../match/views.ts'
import type { CompiledSearch } from './search.ts'

/** Bytes between two breaths, so that timers and signals come through. */
const SLICE = 4 << 20

/**
 * Reads files, each once for every pattern and every digest of these searches, as it lies there and, for those that ask,
 * decompressed; stops as soon as nothing is open any more.
 */
export class Scanner {
  readonly #views: Views
  readonly #budget: ReadBudget
  readonly #signal: AbortSignal
  /** Bytes since the last breath. */
  #breath = 0

  constructor(
    searches: readonly CompiledSearch[],
    { budget, signal }: { readonly budget: ReadBudget; readonly signal: AbortSignal }
  ) {
    this.#views = new Views(searches)
    this.#budget = budget
    this.#signal = signal
  }

  /**
   * What it tells is good until the next file is read; a promise only where a file takes more than one step. Never throws
   * for what the file is or does: see `failure`.
   */
  scan(open: () => OpenFile): Scanned | Promise<Scanned> {
    const views = this.#views
    views.begin()
    let file: OpenFile | undefined
    try {
      file = open()
      const first = readNext(file, 0, this.#budget)
      this.#breath += first.length
      const whole = first.length === file.status.size && this.#breath < SLICE
      if (!whole || views.unpacks(first)) return this.#bySteps(file, first)
      views.all(first)
    } catch (error) {
      views.failure = error
    }
    file?.close()
    return views
  }

  async #bySteps(file: OpenFile, first: Buffer): Promise<Scanned> {
    const views = this.#views
    try {
      views.choose(first)
      await this.#take(first)
      if (!views.decided)
        for (const chunk of chunksOf(file, this.#budget, first.length)) {
          this.#breath += chunk.length
          await this.#take(chunk)
          if (views.decided) break
        }
      await views.finish()
    } catch (error) {
      views.failure = error
    } finally {
      views.close()
      file.close()
    }
    return views
  }

  async #take(chunk: Buffer): Promise<void> {
    const step = this.#views.take(chunk)
    if (step !== undefined) await step
    if (this.#breath < SLICE || this.#views.decided) return
    this.#breath = 0
    await breathe()
    this.#signal.throwIfAborted()
  }
}
