import { closeSync } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'
import { Inflater, isCompressed } from './inflate.ts'
import { Inspection } from './inspect.ts'
import { chunksOf, openFile, type ReadBudget } from './read.ts'
import type { CompiledSearch, DeepCheck } from './search.ts'

/** Bytes between two breaths, so that timers and signals come through. */
const SLICE = 4 << 20

/** What reading a file once has told. */
export interface Scanned {
  /** Whether a check of a search matches, before `!` and mismatch; undefined where too little could be seen to say. */
  match(search: CompiledSearch, check: DeepCheck): boolean | undefined
  sha256(search: CompiledSearch): string | undefined
  /** What kept us from seeing all of it. */
  readonly failure: unknown
}

/**
 * Reads a file once for every pattern and every digest of these searches, as it lies there and, for those that ask,
 * decompressed; stops as soon as nothing is open any more. Never throws for what the file is or does: see `failure`.
 */
export const scanFile = async (
  path: Buffer,
  searches: readonly CompiledSearch[],
  { budget, signal }: { readonly budget: ReadBudget; readonly signal: AbortSignal }
): Promise<Scanned> => {
  const scan = new Scan(searches)
  let fd: number | undefined
  try {
    const file = openFile(path)
    fd = file.fd
    let seen = 0
    let breath = 0
    for (const chunk of chunksOf(fd, file.size, budget)) {
      seen += chunk.length
      breath += chunk.length
      const step = scan.take(chunk, seen === chunk.length && seen === file.size)
      if (step !== undefined) await step
      if (scan.decided) break
      if (breath >= SLICE) {
        breath = 0
        await breathe()
        signal.throwIfAborted()
      }
    }
    if (seen === 0) scan.take(Buffer.alloc(0), true)
    await scan.finish()
  } catch (error) {
    scan.failure = error
  } finally {
    scan.close()
    if (fd !== undefined) closeSync(fd)
  }
  return scan
}

/** The views of one file: as it is, and decompressed. */
class Scan implements Scanned {
  failure: unknown
  readonly #searches: readonly CompiledSearch[]
  #raw: Inspection | undefined
  #plain: Inspection | undefined
  #inflater: Inflater | undefined

  constructor(searches: readonly CompiledSearch[]) {
    this.#searches = searches
  }

  get decided(): boolean {
    return this.#raw?.decided !== false && !this.#inflating
  }

  /** What is in a damaged or giant archive stays unknown; what is asked about the file itself does not. */
  get #inflating(): boolean {
    return this.#plain?.decided === false && this.failure === undefined
  }

  take(chunk: Buffer, whole: boolean): Promise<void> | undefined {
    if (this.#raw === undefined && this.#plain === undefined) this.#begin(chunk)
    this.#raw?.update(chunk, whole)
    return this.#inflating ? this.#inflate(inflater => inflater.push(chunk)) : undefined
  }

  async finish(): Promise<void> {
    this.#raw?.finish()
    if (this.#inflating) await this.#inflate(inflater => inflater.finish())
    if (this.failure === undefined) this.#plain?.finish()
  }

  close(): void {
    this.#inflater?.close()
  }

  match(search: CompiledSearch, check: DeepCheck): boolean | undefined {
    return this.#viewOf(search)?.match(check)
  }

  sha256(search: CompiledSearch): string | undefined {
    return this.#viewOf(search)?.digest('sha256')
  }

  #viewOf({ search }: CompiledSearch): Inspection | undefined {
    return search.decompress && this.#plain !== undefined ? this.#plain : this.#raw
  }

  async #inflate(step: (inflater: Inflater) => Promise<void>): Promise<void> {
    try {
      await step(this.#inflater!)
    } catch (error) {
      this.failure = error
    }
  }

  #begin(head: Buffer): void {
    const packed = isCompressed(head) ? this.#searches.filter(({ search }) => search.decompress) : []
    const others = this.#searches.filter(search => !packed.includes(search))
    if (others.length > 0) this.#raw = new Inspection(others)
    if (packed.length === 0) return
    const plain = new Inspection(packed)
    this.#plain = plain
    this.#inflater = new Inflater(head, chunk => {
      if (!plain.decided) plain.update(chunk)
    })
  }
}
