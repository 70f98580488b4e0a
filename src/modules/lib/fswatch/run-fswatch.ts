import { systemClock } from '../../../clock.ts'
import { LIMITS } from '../../../limits.ts'
import type { Coverage, Host, Outcome, Part, Row, Watch } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { sizeOf } from '../run-limits.ts'
import { Breath } from './breath.ts'
import type { FswatchParams } from './fswatch-params.ts'
import { Notifier } from './notifier.ts'
import { SeenFiles, seenOf } from './seen-files.ts'
import { rowOf, WatchedTree } from './watched-tree.ts'

/** The kernel's queue is emptied this often, whatever else goes on. */
const DRAIN_MS = 250
/** How many kinds of errors an answer names. */
const ERRORS = 256

/** One look: what would be watched. */
export async function* lookOnce(params: FswatchParams, host: Host): AsyncGenerator<Row, Outcome> {
  const found = new FoundRows(host, ['files'])
  const notifier = new Notifier(undefined)
  const breath = new Breath(host.limits.cpuMs, host.signal)
  const tree = new WatchedTree(params, host, new SeenFiles(), notifier, breath)
  const { walk } = tree.walk()
  for (const file of found.ended ? [] : walk.files()) {
    if (file === undefined) await breath.take()
    else
      try {
        if (tree.isWanted(file)) {
          const row = rowOf('present', file.path.toString('latin1'), seenOf(file.status), undefined)
          if (found.take('files', row)) yield row
        }
      } catch (error) {
        walk.count.missed(error)
      }
    if (found.ended) break
  }
  if (walk.limit !== undefined) found.end(walk.limit)
  return found.outcome(walk.count)
}

/** Goes on: what changes, also what changed since an earlier life remembered it. */
export async function* watchFiles(params: FswatchParams, host: Host & Watch): AsyncGenerator<Part, Outcome> {
  const run = new Watching(params, host)
  const drain = setInterval(() => run.drain(), DRAIN_MS)
  try {
    await run.look(host.remembered === undefined ? 'first' : 'while-down')
    yield run.part()
    while (!host.signal.aborted) {
      await run.untilStirred()
      await run.look('live')
      if (run.hasNews) yield run.part()
    }
    return run.outcome()
  } finally {
    clearInterval(drain)
    run.notifier.close()
  }
}

type Life = 'first' | 'while-down' | 'live'

class Watching {
  readonly notifier: Notifier
  readonly #params: FswatchParams
  readonly #host: Host & Watch
  readonly #seen: SeenFiles
  readonly #tree: WatchedTree
  /** What came and went unseen: while nobody watched, and where there was no room for all events. */
  #gaps = 0
  #rows: Row[] = []
  #bytes = 0
  #left = 0
  #found = 0
  #told = ''
  #lookAt = 0
  #stirred: () => void = () => undefined

  constructor(params: FswatchParams, host: Host & Watch) {
    this.#params = params
    this.#host = host
    this.notifier = new Notifier(host.notify)
    this.#seen = new SeenFiles(host.remembered)
    const breath = new Breath(host.limits.cpuMs, host.signal)
    this.#tree = new WatchedTree(params, host, this.#seen, this.notifier, breath)
  }

  /** Until something has happened, or everything is to be looked at again; and then until what comes with it is there too. */
  async untilStirred(): Promise<void> {
    const { signal } = this.#host
    const stirred = new AbortController()
    this.#stirred = () => stirred.abort()
    const sleep = (ms: number, until: AbortSignal) =>
      systemClock.sleep(Math.max(0, ms), until).catch(() => undefined)
    if (!this.notifier.stirred)
      await sleep(this.#lookAt - systemClock.monotonic(), AbortSignal.any([signal, stirred.signal]))
    await sleep(LIMITS.standingGatherMs, signal)
    this.notifier.drain()
  }

  drain(): void {
    this.notifier.drain()
    if (this.notifier.stirred) this.#stirred()
  }

  async look(life: Life): Promise<void> {
    if (life === 'while-down') this.#gaps++
    const tell = life === 'first' ? undefined : (row: Row) => this.#take(row, life === 'while-down')
    for (const [path, events] of this.notifier.take()) await this.#tree.look(path, events, tell)
    if (life === 'live' && !this.#isDue) return
    await this.#tree.lookAll(tell)
    this.#lookAt = systemClock.monotonic() + LIMITS.watchAgainMs * (this.#isBlind ? 1 : 10)
  }

  /** The kernel does not tell of everything. */
  get #isBlind(): boolean {
    return this.#params.remote === true || this.#tree.missing || this.notifier.unwatched > 0
  }

  get #isDue(): boolean {
    // The kernel does not tell of all writes (through a memory map, by a name outside): a "no" is not said without a look.
    const last = this.#host.signal.aborted
    return last || this.notifier.lookAgain || systemClock.monotonic() >= this.#lookAt
  }

  #take(row: Row, down: boolean): void {
    const { room } = this.#host
    const whole = down ? { ...row, 'while-down': true } : row
    const bytes = sizeOf(whole)
    if (this.#rows.length >= room.rows || this.#bytes + bytes > room.bytes) this.#left++
    else {
      this.#rows.push(whole)
      this.#bytes += bytes
    }
  }

  get hasNews(): boolean {
    return this.#rows.length + this.#left > 0 || this.#told !== this.#saysOfSeeing
  }

  /** What is told beside the rows, where it is other than before. */
  get #saysOfSeeing(): string {
    const { unreadable, skipped } = this.#coverage
    return `${unreadable} ${skipped} ${this.#errors['path-missing'] ?? 0}`
  }

  get #coverage(): Coverage {
    const { count, limit } = this.#tree
    const { lost, unwatched } = this.notifier
    const skipped = (count?.skipped ?? 0) + this.#gaps + lost + (unwatched > 0 ? 1 : 0) + (limit ? 1 : 0)
    return { seen: this.#seen.size, unreadable: count?.unreadable ?? 0, skipped }
  }

  get #errors(): Record<string, number> {
    const { count, limit } = this.#tree
    const { lost, unwatched } = this.notifier
    return Object.fromEntries(
      [
        ...(count?.errors ?? []),
        ...Object.entries({
          'while-down': this.#gaps,
          overflow: lost,
          unwatched,
          ...(limit && { [limit]: 1 })
        })
      ]
        .filter(([, times]) => times > 0)
        .slice(0, ERRORS)
    )
  }

  part(): Part {
    const part = {
      rows: this.#rows,
      left: this.#left,
      coverage: this.#coverage,
      errors: this.#errors,
      remember: this.#seen.takeChanged()
    }
    this.#told = this.#saysOfSeeing
    this.#found += this.#rows.length + this.#left
    this.#rows = []
    this.#bytes = 0
    this.#left = 0
    return part
  }

  outcome(): Outcome {
    const coverage = this.#coverage
    return { found: this.#found > 0, coverage, counts: {}, errors: this.#errors }
  }
}
