import { setImmediate as breathe } from 'node:timers/promises'
import { codeOf } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import type { OpenFile } from '../host/directory.ts'
import { HostFiles } from '../host/host-files.ts'
import { type Zone, zoneOf } from '../host/zone.ts'
import { JournalReader } from './journal-file.ts'
import { readContent } from './log-content.ts'
import { LogCounts } from './log-counts.ts'
import { auditLogs, journals, loginLogs, namedLogs, textLogs } from './log-files.ts'
import type { LogParams } from './log-params.ts'
import { loginReader, readLoginDatabases, textReader } from './log-readers.ts'

/** Rounds of looking for logs: what is rotated while we read has another name in the next. */
const ROUNDS = 3

/** Reads logs of a host, counts the entries that the question is about, and tells no line of them. */
export async function* runLog(params: LogParams, host: Host): AsyncGenerator<Row, Outcome> {
  const run = new Run(params, host)
  await run.read()
  yield* run.rows()
  return run.outcome()
}

/** What one kind of log is made of. */
interface Kind {
  list(): Buffer[]
  /** Takes the bytes of one file; `finish` says what was missed. */
  reader(path: Buffer, file: OpenFile): { take(chunk: Buffer): void; finish(): void; readonly done?: boolean }
}

class Run {
  readonly #params: LogParams
  readonly #host: Host
  readonly #files: HostFiles
  readonly #counts: LogCounts
  readonly #found: FoundRows
  /** Files that were read, by device and inode: whatever they are called now. */
  readonly #read = new Set<string>()
  readonly #missing = new Set<string>()
  #zone: Zone | undefined

  constructor(params: LogParams, host: Host) {
    this.#params = params
    this.#host = host
    this.#files = new HostFiles(host)
    this.#counts = new LogCounts(params)
    this.#found = new FoundRows(host, this.#counts.labels)
  }

  async read(): Promise<void> {
    try {
      for (const kind of this.#kinds()) await this.#readKind(kind)
      if (this.#params.sources.includes('logins') && !this.#found.ended)
        readLoginDatabases(this.#files, this.#counts)
    } catch (error) {
      const code = codeOf(error)
      if (!code.startsWith('limit-')) throw error
      this.#found.end(code)
    }
    if (this.#counts.full) this.#found.end('limit-rows')
  }

  *rows(): Generator<Row> {
    for (const [label, row] of this.#counts.rows()) {
      if (!this.#found.takeLate(label, row)) return
      yield row
    }
  }

  outcome(): Outcome {
    return this.#found.outcome(this.#files.count)
  }

  *#kinds(): Generator<Kind> {
    const { sources, paths } = this.#params
    const files = this.#files
    const skip = (why: string) => files.count.skip(why)
    const text =
      (source: 'text' | 'audit'): Kind['reader'] =>
      (path, { status }) =>
        textReader(
          { source, path, counts: this.#counts, zone: () => this.#zoned(), skip },
          this.#anchor(status.mtimeMs)
        )
    if (sources.includes('journal')) yield { list: () => journals(files), reader: () => this.#journal() }
    if (sources.includes('text'))
      yield {
        list: () => paths?.flatMap(path => this.#named(path)) ?? textLogs(files),
        reader: text('text')
      }
    if (sources.includes('audit')) yield { list: () => auditLogs(files), reader: text('audit') }
    if (sources.includes('logins'))
      yield {
        list: () => loginLogs(files),
        reader: (path, { status }) => loginReader({ path, counts: this.#counts, skip }, status.size)
      }
  }

  /** Logs that a path names; one that names none is told once. */
  #named(path: string): Buffer[] {
    const files = this.#files
    const { unreadable } = files.count
    const logs = namedLogs(files, path)
    const isMissing = logs.length === 0 && files.count.unreadable === unreadable && !files.isDirectory(path)
    if (isMissing && !this.#missing.has(path)) files.count.note('path-missing')
    if (isMissing) this.#missing.add(path)
    return logs
  }

  async #readKind({ list, reader }: Kind): Promise<void> {
    const failed = new Set<string>()
    for (let round = 0; round < ROUNDS; round++) {
      let fresh = 0
      for (const path of list()) {
        if (this.#found.ended) return
        if (failed.has(path.toString('latin1'))) continue
        const read = await this.#files.reading(path, file => this.#readFile(path, file, reader))
        if (read === undefined) failed.add(path.toString('latin1'))
        else if (read) fresh++
      }
      if (fresh === 0) return
    }
  }

  /** False where the file was read already, or holds nothing of that time. */
  async #readFile(path: Buffer, file: OpenFile, reader: Kind['reader']): Promise<boolean> {
    const { dev, ino } = file.identify()
    const key = `${dev}:${ino}`
    if (this.#read.has(key)) return false
    this.#read.add(key)
    this.#files.count.seen++
    if (this.#counts.isOver(file.status.ctimeMs)) return false
    const to = reader(path, file)
    try {
      const whole = await readContent(file, chunk => to.take(chunk), {
        budget: this.#files.budget,
        skip: why => this.#files.count.skip(why),
        isOver: () => this.#host.signal.aborted,
        goOn: async () => {
          await breathe()
          return !to.done && !this.#found.ended
        }
      })
      if (whole || to.done) to.finish()
    } catch (error) {
      // A damaged archive is one file that was not seen; a budget that is used up ends the run.
      if (this.#files.budget.left <= 0) throw error
      this.#files.count.missed(error)
    }
    return true
  }

  #journal(): ReturnType<Kind['reader']> {
    const counts = this.#counts
    const seen = new Set<string>()
    return new JournalReader({
      wants: time => counts.isWanted(time),
      matches: message => counts.matches(message) ?? [],
      entry: ({ time, unit, program, priority, matched }) => {
        if (this.#params.patterns !== undefined && matched.length === 0) return
        if (!counts.isUrgent(priority) || !counts.isNamed({ unit, program })) return
        counts.add({ source: 'journal', unit, program, time, matched })
      },
      // Once a file: a file of thousand flaws is one file that was not seen whole.
      missed: code => {
        if (!seen.has(code)) this.#unread(code)
        seen.add(code)
      },
      unknown: entries => {
        this.#files.count.skipped += entries
        this.#files.count.note('too-many-fields')
      }
    })
  }

  #unread(code: string): void {
    this.#files.count.unreadable++
    this.#files.count.note(code)
  }

  /** The moment that nothing in a file comes after: a file without a date is as old as the question. */
  #anchor(mtimeMs: number): number {
    return mtimeMs > 0 ? mtimeMs : this.#host.asOf
  }

  #zoned(): Zone {
    if (this.#zone === undefined) {
      this.#zone = zoneOf(this.#files)
      if (!this.#zone.known && this.#counts.windowed) this.#files.count.skip('unknown-zone')
    }
    return this.#zone
  }
}
