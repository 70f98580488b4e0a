import { hash } from 'node:crypto'
import type { CompiledSearch, DeepCheck, HashCheck } from '../files/search.ts'
import { BytesSearcher } from './bytes.ts'
import { Digests } from './hashes.ts'
import { LineFeed, LineSearcher } from './lines.ts'

/**
 * Looks at one stream of bytes after another for the checks of some searches, all at once, and at each no longer than any of
 * them is open. Made once a run: a hundred thousand small files must not pay for it again.
 */
export class Inspection {
  readonly #searches: readonly CompiledSearch[]
  readonly #searchers = new Map<DeepCheck, LineSearcher | BytesSearcher>()
  /** What takes the bytes: one cutter of lines for all patterns, and each byte string. */
  readonly #takers: readonly (LineFeed | BytesSearcher)[]
  readonly #algorithms: ReadonlySet<string>
  readonly #hashed: readonly CompiledSearch[]
  readonly #digests = new Digests()
  readonly #hex = new Map<string, string>()
  #hashing = false

  constructor(searches: readonly CompiledSearch[]) {
    this.#searches = searches
    for (const check of searches.flatMap(({ deep }) => deep)) {
      if (check.kind === 'content') this.#searchers.set(check, new LineSearcher(check))
      else if (check.kind === 'bytes') this.#searchers.set(check, new BytesSearcher(check.wanted))
    }
    const all = [...this.#searchers.values()]
    const lines = all.filter(searcher => searcher instanceof LineSearcher)
    this.#takers = [
      ...(lines.length > 0 ? [new LineFeed(lines)] : []),
      ...all.filter(searcher => searcher instanceof BytesSearcher)
    ]
    this.#algorithms = new Set(searches.flatMap(algorithmsOf))
    this.#hashed = searches.filter(search => algorithmsOf(search).length > 0)
  }

  /** Ready for another stream. */
  begin(): void {
    for (const taker of this.#takers) taker.begin()
    this.#digests.begin()
    this.#hex.clear()
    this.#hashing = this.#algorithms.size > 0
  }

  /** True where nothing more of the stream can change what we say. */
  get decided(): boolean {
    return !this.#hashing && this.#searches.every(search => !this.#alive(search) || this.#settled(search))
  }

  /** Takes the next bytes; the buffer may be used again afterwards. */
  update(chunk: Buffer): void {
    for (const taker of this.#takers) taker.update(chunk)
    if (this.#isWanted()) this.#digests.update(this.#algorithms, chunk)
  }

  /** Everything was seen. */
  finish(): void {
    for (const taker of this.#takers) taker.finish()
    if (this.#hashing) for (const [name, hex] of this.#digests.finish()) this.#hex.set(name, hex)
  }

  /** Takes a stream that is in one piece. */
  all(bytes: Buffer): void {
    for (const taker of this.#takers) taker.all(bytes)
    if (this.#isWanted()) for (const name of this.#algorithms) this.#hex.set(name, hash(name, bytes, 'hex'))
  }

  /** Whether a check matches, before `!` and mismatch; undefined where too little was seen to say. */
  match(check: DeepCheck): boolean | undefined {
    if (check.kind !== 'hash') return this.#searchers.get(check)?.result
    const hex = this.#hex.get(check.algorithm)
    return hex === undefined ? undefined : hex === check.hex
  }

  digest(algorithm: string): string | undefined {
    return this.#hex.get(algorithm)
  }

  /** Is there anybody left who wants digests? What fails by its content needs none. */
  #isWanted(): boolean {
    this.#hashing &&= this.#hashed.some(search => this.#alive(search))
    return this.#hashing
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
