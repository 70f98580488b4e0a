import { setImmediate as breathe } from 'node:timers/promises'
import type { ErrorCode } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { type Accounts, accountsOf } from '../host/accounts.ts'
import { byDescriptor } from '../host/by-descriptor.ts'
import { byPath } from '../host/by-path.ts'
import type { OpenFile } from '../host/directory.ts'
import type { FileSystemKind } from '../host/filesystems.ts'
import { modeText } from '../host/mode.ts'
import { Walk } from '../host/walk.ts'
import type { WalkedFile } from '../host/walked.ts'
import type { Scanned } from '../match/views.ts'
import { limitOf, sizeOf } from '../run-limits.ts'
import { type Judgement, judge, mayHoldByName, mayHoldByStatus, needsReading } from './judge.ts'
import { Scanner } from './scan.ts'
import { type CompiledSearch, compileSearch } from './search.ts'
import type { FileParams, Search } from './search-params.ts'

/** Kinds of errors told where no search says how many. */
const ERRORS = 256

/** Runs all searches in one walk: each file is judged by its name, then by one look, then read once for all. */
export async function* runSearches(params: FileParams, host: Host): AsyncGenerator<Row, Outcome> {
  const run = new Run(params, host)
  for (const file of run.walk.files()) {
    if (file === undefined) await breathe()
    else {
      const rows = run.rowsOf(file)
      // To wait for each of a hundred thousand small files would cost more than to read them.
      if (rows instanceof Promise) yield* await rows
      else if (rows.length > 0) yield* rows
    }
    if (run.ended) break
  }
  return run.outcome()
}

class Run {
  readonly walk: Walk
  readonly #params: FileParams
  readonly #host: Host
  readonly #accounts: Accounts
  readonly #searches: readonly CompiledSearch[]
  readonly #budget: { left: number }
  /** One scanner for each set of searches that have read a file together, by their numbers. */
  readonly #scanners = new Map<string, Scanner>()
  /** The last of them: most files of a directory share the very list. */
  #lately: { readonly reading?: readonly number[]; readonly scanner?: Scanner } = {}
  readonly #counts: number[]
  /** The most rows of one search: a noisy one takes nothing from the others. */
  readonly #share: number
  #bytes = 0
  #limit: ErrorCode | undefined

  constructor(params: FileParams, host: Host) {
    const { limits, root } = host
    this.#params = params
    this.#host = host
    const openRoot = host.files === undefined ? byPath : byDescriptor(host.files)
    this.#accounts = accountsOf(root, openRoot)
    this.#searches = params.searches.map(search => compileSearch(search, this.#accounts))
    this.#budget = { left: limits.readBytes }
    this.#counts = params.searches.map(() => 0)
    this.#share = Math.max(1, Math.floor(limits.rows / params.searches.length))
    const kinds = new Set<FileSystemKind>([
      ...(params.remote ? (['network'] as const) : []),
      ...(params.pseudo ? (['pseudo'] as const) : [])
    ])
    this.walk = new Walk(
      {
        root,
        openRoot,
        entries: limits.entries,
        crossDevices: params.crossDevices === true,
        kinds,
        named: true
      },
      this.#searches.map(({ search, excludes }) => ({
        paths: search.paths.map(path => Buffer.from(path)),
        ...(search.maxDepth !== undefined && { maxDepth: search.maxDepth }),
        ...(search.follow && { follow: true }),
        ...(excludes && { excludes })
      }))
    )
  }

  /** Looks whether the run is over: by a limit, or by a signal; throws where somebody cancelled it. */
  get ended(): boolean {
    const limit = limitOf(this.#host.signal)
    this.#limit ??= limit
    return this.#hard
  }

  /** A limit of the whole run is reached; that of one search ends just that search. */
  get #hard(): boolean {
    return this.#limit !== undefined && this.#limit !== 'limit-rows'
  }

  /** A promise only where the file takes longer. */
  rowsOf(file: WalkedFile): readonly Row[] | Promise<readonly Row[]> {
    try {
      const named = keep(file.scopes, index => mayHoldByName(this.#searches[index]!, file.name))
      if (named.length === 0) return NONE
      const opened = this.#mustRead(named) ? this.#opened(file) : undefined
      if (!this.#refuses(file, opened)) return this.#stages(file, named, opened)
    } catch (error) {
      this.walk.count.missed(error)
    }
    return NONE
  }

  /** Whether a file has to be opened whatever one look at it tells: then the look is free, where it costs a fifth of a small file. */
  #mustRead(named: readonly number[]): boolean {
    return named.some(index => {
      const search = this.#searches[index]!
      return needsReading(search) && search.status.length === 0 && search.search.any !== true
    })
  }

  /** Undefined where it can't be opened: what can be told of it by a look is told all the same. */
  #opened(file: WalkedFile): OpenFile | undefined {
    try {
      return file.open()
    } catch {
      return undefined
    }
  }

  #refuses(file: WalkedFile, opened: OpenFile | undefined): boolean {
    let refused = true
    try {
      refused = this.walk.refuses(file)
    } finally {
      if (refused) opened?.close()
    }
    return refused
  }

  #stages(
    file: WalkedFile,
    named: readonly number[],
    opened: OpenFile | undefined
  ): readonly Row[] | Promise<readonly Row[]> {
    const left = keep(named, index => mayHoldByStatus(this.#searches[index]!, file))
    const reading = keep(left, index => needsReading(this.#searches[index]!))
    if (reading.length === 0) return this.#rows(file, left, undefined)
    return this.#read(
      file,
      left,
      this.#scannerOf(reading).scan(() => opened ?? file.open())
    )
  }

  #scannerOf(reading: readonly number[]): Scanner {
    if (reading === this.#lately.reading) return this.#lately.scanner!
    const key = reading.join()
    const scanner = this.#scanners.get(key) ?? this.#makeScanner(reading)
    this.#scanners.set(key, scanner)
    this.#lately = { reading, scanner }
    return scanner
  }

  #makeScanner(reading: readonly number[]): Scanner {
    const searches = reading.map(index => this.#searches[index]!)
    return new Scanner(searches, { budget: this.#budget, signal: this.#host.signal })
  }

  #read(
    file: WalkedFile,
    left: readonly number[],
    scanned: Scanned | Promise<Scanned>
  ): readonly Row[] | Promise<readonly Row[]> {
    return scanned instanceof Promise
      ? scanned.then(later => this.#rows(file, left, later))
      : this.#rows(file, left, scanned)
  }

  #rows(file: WalkedFile, left: readonly number[], scanned: Scanned | undefined): readonly Row[] {
    const failure = scanned?.failure
    if (failure !== undefined) this.#missed(failure)
    let rows = NONE
    let unknown = false
    for (const index of left) {
      const search = this.#searches[index]!
      const judgement = judge(search, file, scanned)
      unknown ||= judgement.unknown
      if (judgement.holds)
        rows = [...rows, ...this.#limited(index, rowsFor(file, search, judgement, scanned, this.#accounts))]
    }
    if (unknown && scanned !== undefined && failure === undefined) this.walk.count.skip('line-too-long')
    return rows
  }

  #missed(failure: unknown): void {
    if (this.#budget.left <= 0) this.#limit ??= 'limit-bytes'
    else if (!this.#host.signal.aborted) this.walk.count.missed(failure)
  }

  /** The rows of one search that still fit. One more than its limit shows that there are more. */
  #limited(index: number, rows: readonly Row[]): Row[] {
    const asked = this.#searches[index]!.search.matchLimit
    const most = Math.min(asked ?? LIMITS.rows, this.#share)
    const taken: Row[] = []
    for (const row of rows) {
      const size = sizeOf(row)
      if (this.#hard) break
      if (this.#counts[index]! >= most) {
        if (most !== asked) this.#limit ??= 'limit-rows'
        this.walk.close(index)
        break
      }
      if (this.#bytes + size > this.#host.limits.outputBytes) {
        this.#limit = 'limit-bytes'
        break
      }
      this.#bytes += size
      this.#counts[index]!++
      taken.push(row)
    }
    // Who asked for so many does not want to know whether there are more.
    if (this.#counts[index] === asked) this.walk.close(index)
    return taken
  }

  outcome(): Outcome {
    const { seen, unreadable, skipped, errors } = this.walk.count
    const told = Math.max(...this.#params.searches.map(({ errorLimit }) => errorLimit ?? ERRORS))
    const limit = this.#hard ? this.#limit : (this.walk.limit ?? this.#limit)
    return {
      found: this.#counts.some(count => count > 0),
      coverage: { seen, unreadable, skipped },
      counts: Object.fromEntries(this.#params.searches.map(({ label }, i) => [label, this.#counts[i]!])),
      errors: Object.fromEntries([...errors].slice(0, told)),
      ...(limit && { limit })
    }
  }
}

const NONE: readonly Row[] = []

/** The same list where nothing falls out of it. */
const keep = (list: readonly number[], test: (index: number) => boolean): readonly number[] =>
  list.every(test) ? list : list.filter(test)

const rowsFor = (
  file: WalkedFile,
  search: CompiledSearch,
  { checks }: Judgement,
  scanned: Scanned | undefined,
  accounts: Accounts
): Row[] => {
  const row = rowOf(file, search.search, scanned?.sha256(search), accounts)
  return search.search.any ? checks.map(check => ({ ...row, check })) : [row]
}

const rowOf = (
  { path, status }: WalkedFile,
  search: Search,
  sha256: string | undefined,
  accounts: Accounts
): Row => ({
  search: search.label,
  path: new Uint8Array(path),
  size: status.size,
  mode: modeText(status.mode),
  mtime: time(status.mtimeMs),
  ctime: time(status.ctimeMs),
  owner: accounts.user(status.uid),
  group: accounts.group(status.gid),
  ...(search.sha256 && sha256 !== undefined && { sha256 })
})

/** Whole milliseconds. A file may bear any time that its file system can write: what no number holds is told as the nearest that one does. */
const time = (ms: number): number =>
  Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.floor(ms)))
