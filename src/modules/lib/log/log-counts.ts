import type { Row } from '../../spec.ts'
import { nameFilter } from '../match/name-filter.ts'
import { compilePattern } from '../match/regex.ts'
import type { LogParams, LogSource } from './log-params.ts'

/** One entry of any log, as far as it matters which it is. */
export interface LogEntry {
  readonly source: LogSource
  /** Where it stands; absent for a journal, which is one log in many files. */
  readonly path?: Buffer
  /** Names as latin1. */
  readonly unit?: string | undefined
  readonly program?: string | undefined
  /** Ms since 1970. */
  readonly time?: number | undefined
  /** Numbers of the patterns that it matches; none where the question has none. */
  readonly matched: readonly number[]
}

interface Group {
  readonly entry: LogEntry
  readonly label: string
  count: number
  first: number
  last: number
}

/** More different ones than this are a flood of made-up names. */
const GROUPS = 20_000
/** Names that were judged. */
const JUDGED = 10_000
/** What entries are counted as where the question has no patterns. */
const ALL = 'entries'

/** A question to logs, compiled: which entries it is about, and how many there are of each. */
export class LogCounts {
  readonly labels: readonly string[]
  readonly windowed: boolean
  readonly #params: LogParams
  readonly #patterns: readonly ReturnType<typeof compilePattern>[]
  readonly #named: (name: string) => boolean
  readonly #unit: (name: string) => boolean
  readonly #groups = new Map<string, Group>()
  /** True where there were more groups than are kept. */
  full = false

  constructor(params: LogParams) {
    this.#params = params
    this.labels = params.patterns?.map(({ label }) => label) ?? [ALL]
    this.windowed = params.since !== undefined || params.until !== undefined
    this.#patterns = (params.patterns ?? []).map(({ pattern }) => compilePattern(pattern, 'pattern'))
    this.#named = remembering(nameFilter(params.programs, 'program'))
    this.#unit = remembering(nameFilter(params.units, 'unit'))
  }

  /** Numbers of the patterns that a text matches; undefined where the question has some and none does. */
  matches(text: Buffer): readonly number[] | undefined {
    if (this.#patterns.length === 0) return NONE
    let matched: number[] | undefined
    for (const [i, pattern] of this.#patterns.entries()) {
      if (pattern.lacks(text) || !pattern.test(text)) continue
      matched ??= []
      matched.push(i)
    }
    return matched
  }

  isWanted(time: number): boolean {
    const { since, until } = this.#params
    return (since === undefined || time >= since) && (until === undefined || time <= until)
  }

  /** Everything that was written into this file came before the window; ctime is what nobody sets. */
  isOver(changedMs: number): boolean {
    return this.#params.since !== undefined && changedMs < this.#params.since
  }

  isUrgent(priority: number | undefined): boolean {
    return (
      this.#params.priority === undefined || (priority !== undefined && priority <= this.#params.priority)
    )
  }

  isNamed({ unit = '', program = '' }: Pick<LogEntry, 'unit' | 'program'>): boolean {
    return this.#named(program) && this.#unit(unit)
  }

  /** Counts an entry that the question is about. */
  add(entry: LogEntry): void {
    const { source, path, unit, program, time } = entry
    const where = `${source}\0${path?.toString('latin1') ?? ''}\0${unit ?? ''}\0${program ?? ''}`
    for (const label of entry.matched.length === 0 ? [ALL] : entry.matched.map(i => this.labels[i]!)) {
      const key = `${where}\0${label}`
      let group = this.#groups.get(key)
      if (group === undefined) {
        if (this.#groups.size >= GROUPS) {
          this.full = true
          return
        }
        group = { entry, label, count: 0, first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY }
        this.#groups.set(key, group)
      }
      group.count++
      if (time === undefined) continue
      group.first = Math.min(group.first, time)
      group.last = Math.max(group.last, time)
    }
  }

  /** The rows with their labels, the most frequent first. */
  rows(): (readonly [label: string, row: Row])[] {
    const least = this.#params.atLeast ?? 1
    return [...this.#groups.values()]
      .filter(({ count }) => count >= least)
      .sort((a, b) => b.count - a.count)
      .map(group => [group.label, rowOf(group)])
  }
}

const rowOf = ({ entry: { source, path, unit, program }, label, count, first, last }: Group): Row => ({
  source,
  ...(path && { path: new Uint8Array(path) }),
  ...(unit && { unit: latin1(unit) }),
  ...(program && { program: latin1(program) }),
  match: label,
  count,
  ...(Number.isFinite(first) && { first, last })
})

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

const NONE: readonly number[] = []

/** The same few names come again and again. */
const remembering = (filter: ReturnType<typeof nameFilter>): ((name: string) => boolean) => {
  if (filter === undefined) return () => true
  const judged = new Map<string, boolean>()
  return name => {
    let holds = judged.get(name)
    if (holds === undefined) {
      if (judged.size >= JUDGED) judged.clear()
      holds = filter(latin1(name))
      judged.set(name, holds)
    }
    return holds
  }
}
