import { isGone, pidsOf } from './proc-read.ts'
import { type ProcStat, readStat } from './proc-stat.ts'

/** All processes of a host at one moment, as nearly as /proc tells it. */
export class ProcessTable {
  readonly #all = new Map<number, ProcStat>()

  add(stat: ProcStat): void {
    this.#all.set(stat.pid, stat)
  }

  get all(): Iterable<ProcStat> {
    return this.#all.values()
  }

  get size(): number {
    return this.#all.size
  }

  get(pid: number): ProcStat | undefined {
    return this.#all.get(pid)
  }

  /** Nobody is the child of a process that started later: that one has been given the number of a parent that ended. */
  parentOf({ parent, started }: ProcStat): ProcStat | undefined {
    const found = this.#all.get(parent)
    return found !== undefined && found.started <= started ? found : undefined
  }
}

/** Reads one entry after the other; yields the error of each that could not be read, undefined for each that could. Throws what the system throws where there is no /proc. */
export function* readTable(proc: string, table: ProcessTable, most: number): Generator<unknown> {
  for (const pid of pidsOf(proc).slice(0, most)) {
    let error: unknown
    try {
      const stat = readStat(proc, pid)
      if (stat === undefined) error = new Error('The stat of a process has another form.')
      else table.add(stat)
    } catch (thrown) {
      // A process that has ended is nothing that a question could be about.
      if (!isGone(thrown)) error = thrown
    }
    yield error
  }
}
