import type { CompiledSearch, DeepCheck } from '../files/search.ts'
import { Inflater, isCompressed } from './inflate.ts'
import { Inspection } from './inspect.ts'

/** What reading a file once has told. */
export interface Scanned {
  /** Whether a check of a search matches, before `!` and mismatch; undefined where too little could be seen to say. */
  match(search: CompiledSearch, check: DeepCheck): boolean | undefined
  sha256(search: CompiledSearch): string | undefined
  /** What kept us from seeing all of it. */
  readonly failure: unknown
}

/** The views of one file after another: as it is, and decompressed. */
export class Views implements Scanned {
  failure: unknown
  readonly #packed: readonly CompiledSearch[]
  readonly #everything: Inspection
  /** The same where a file is compressed: for those who want to see inside, and for the others. */
  readonly #inside: Inspection
  readonly #outside: Inspection | undefined
  #raw: Inspection | undefined
  #plain: Inspection | undefined
  #inflater: Inflater | undefined

  constructor(searches: readonly CompiledSearch[]) {
    this.#packed = searches.filter(({ search }) => search.decompress)
    const others = searches.filter(({ search }) => !search.decompress)
    this.#everything = new Inspection(searches)
    this.#inside = new Inspection(this.#packed)
    this.#outside = others.length > 0 ? new Inspection(others) : undefined
  }

  /** Ready for another file. */
  begin(): void {
    this.failure = undefined
    this.#inflater = undefined
    this.#plain = undefined
    this.#raw = this.#everything
    this.#raw.begin()
  }

  /** Does somebody want to see inside a file that begins like this? */
  unpacks(head: Buffer): boolean {
    return this.#packed.length > 0 && isCompressed(head)
  }

  get decided(): boolean {
    return this.#raw?.decided !== false && !this.#inflating
  }

  /** What is in a damaged or giant archive stays unknown; what is asked about the file itself does not. */
  get #inflating(): boolean {
    return this.#plain?.decided === false && this.failure === undefined
  }

  /** Takes a file that is in one piece, and not to be unpacked. */
  all(bytes: Buffer): void {
    this.#raw?.all(bytes)
  }

  /** Makes ready for a file that comes in several pieces, by its first one. */
  choose(head: Buffer): void {
    if (!this.unpacks(head)) return
    const plain = this.#inside
    this.#plain = plain
    this.#raw = this.#outside
    for (const view of [plain, this.#raw]) view?.begin()
    this.#inflater = new Inflater(head, chunk => {
      if (!plain.decided) plain.update(chunk)
    })
  }

  take(chunk: Buffer): Promise<void> | undefined {
    this.#raw?.update(chunk)
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
}
