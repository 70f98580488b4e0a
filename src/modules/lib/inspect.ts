import { hash } from 'node:crypto'
import { BytesSearcher } from './bytes.ts'
import { Digests } from './hashes.ts'
import { LineFeed, LineSearcher } from './lines.ts'
import type { CompiledSearch, DeepCheck, HashCheck } from './search.ts'

/** Looks at one stream of bytes for the checks of some searches, all at once, and no longer than any of them is open. */
export class Inspection {
  readonly #searches: readonly CompiledSearch[]
  readonly #searchers = new Map<DeepCheck, LineSearcher | BytesSearcher>()
  /** What takes the bytes: one cutter of lines for all patterns, and each byte string. */
  readonly #takers: readonly (LineFeed | BytesSearcher)[]
  readonly #algorithms: ReadonlySet<string>
  readonly #digests: Digests
  #hex: ReadonlyMap<string, string> | undefined
  #hashing: boolean

  constructor(searches: readonly CompiledSearch[]) {
    this.#searches = searches
    for (const check of searches.flatMap(({ deep }) => deep)) {
      if (check.kind === 'content') this.#searchers.set(check, new LineSearcher(check))
      else if (check.kind === 'bytes') this.#searchers.set(check, new BytesSearcher(check.wanted))
    }
    const all = [...this.#searchers.values()]
    this.#takers = [
      new LineFeed(all.filter(searcher => searcher instanceof LineSearcher)),
      ...all.filter(searcher => searcher instanceof BytesSearcher)
    ]
    this.#algorithms = new Set(searches.flatMap(algorithmsOf))
    this.#digests = new Digests()
    this.#hashing = this.#algorithms.size > 0
  }

  /** True where nothing more of the stream can change what we say. */
  get decided(): boolean {
    return !this.#hashing && this.#searches.every(search => !this.#alive(search) || this.#settled(search))
  }

  /** Takes the next bytes; the buffer may be used again afterwards. `whole`: they are all there is. */
  update(chunk: Buffer, whole = false): void {
    for (const taker of this.#takers) taker.update(chunk)
    if (whole) for (const taker of this.#takers) taker.finish()
    // What fails by its content needs no digest.
    this.#hashing &&= this.#searches.some(search => this.#alive(search) && algorithmsOf(search).length > 0)
    if (!this.#hashing) return
    if (whole) this.#hex = new Map([...this.#algorithms].map(name => [name, hash(name, chunk, 'hex')]))
    else this.#digests.update(this.#algorithms, chunk)
  }

  /** Everything was seen. */
  finish(): void {
    for (const taker of this.#takers) taker.finish()
    if (this.#hashing) this.#hex ??= this.#digests.finish()
  }

  /** Whether a check matches, before `!` and mismatch; undefined where too little was seen to say. */
  match(check: DeepCheck): boolean | undefined {
    if (check.kind !== 'hash') return this.#searchers.get(check)?.result
    const hex = this.#hex?.get(check.algorithm)
    return hex === undefined ? undefined : hex === check.hex
  }

  digest(algorithm: string): string | undefined {
    return this.#hex?.get(algorithm)
  }

  #settled({ deep }: CompiledSearch): boolean {
    return deep.every(check => check.kind === 'hash' || this.match(check) !== undefined)
  }

  /** Can this search still hold, as far as lines and bytes tell? */
  #alive({ search, deep }: CompiledSearch): boolean {
    return (
      search.any === true ||
      deep.every(check => check.kind === 'hash' || this.match(check) !== check.inverted)
    )
  }
}

const algorithmsOf = ({ search, deep }: CompiledSearch): string[] => [
  ...deep.filter((check): check is HashCheck => check.kind === 'hash').map(({ algorithm }) => algorithm),
  ...(search.sha256 ? ['sha256'] : [])
]
