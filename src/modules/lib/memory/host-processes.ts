import { GumshoeError } from '../../../errors.ts'
import type { FoundRows } from '../found-rows.ts'
import type { WalkCount } from '../host/walked.ts'
import { ProcProcess } from '../processes/proc-process.ts'
import { ProcessTable, readTable } from '../processes/process-table.ts'
import { ownProcesses } from './own-processes.ts'
import type { Pace } from './pace.ts'

/** What one process costs before it is looked into, in bytes that are read meanwhile. */
const LOOK = 64 * 1024

interface Run {
  readonly proc: string
  /** The most processes. */
  readonly most: number
  readonly count: WalkCount
  readonly found: FoundRows
  readonly pace: Pace
}

/** All processes of a host, with what could not be read counted; what there is of them where the run is over before. */
const processesOfHost = async ({ proc, most, count, found, pace }: Run): Promise<ProcessTable> => {
  const table = new ProcessTable()
  let since = 0
  try {
    for (const error of readTable(proc, table, most)) {
      since++
      if (error !== undefined) count.missed(error)
      if (!(await pace.rest(LOOK))) return table
    }
    if (since >= most) found.end('limit-entries')
  } catch (error) {
    // Without /proc nothing was seen at all, which is no `no`.
    count.missed(new GumshoeError('unreadable', `There is no ${proc}.`, { cause: error }))
  }
  return table
}

/** The processes of a host whose memory may be looked into, one by one while the run goes on; not our own, which hold the question. */
export async function* othersOfHost(run: Run): AsyncGenerator<ProcProcess> {
  const table = await processesOfHost(run)
  const own = ownProcesses(run.proc, table)
  for (const stat of table.all) {
    if (!(await run.pace.rest(LOOK)) || run.found.ended) return
    if (own.has(stat.pid)) run.count.note('own-process')
    else yield new ProcProcess(run.proc, stat)
  }
}
