import { readlinkSync, statSync } from 'node:fs'
import type { ProcessTable } from '../processes/process-table.ts'

/** How far up it is looked for who started us: agent, launcher, shell. */
const UP = 8

/**
 * The processes that hold the question because they ask it: this one, the one that started it, and whoever above them runs
 * the same program. What is looked for in memory lies in theirs for certain. Empty where another host's /proc is looked at.
 */
export const ownProcesses = (proc: string, table: ProcessTable): ReadonlySet<number> => {
  const own = new Set<number>()
  try {
    if (proc !== '/proc') return own
    const pid = Number(readlinkSync(`${proc}/self`))
    const program = programOf(proc, pid)
    let at = table.get(pid)
    for (let up = 0; at !== undefined && up < UP; up++) {
      if (up > 1 && programOf(proc, at.pid) !== program) break
      own.add(at.pid)
      at = table.parentOf(at)
    }
  } catch {
    // Then our own memory is looked at like any other, and shows the question.
  }
  return own
}

const programOf = (proc: string, pid: number): string => {
  const { dev, ino } = statSync(`${proc}/${pid}/exe`, { bigint: true })
  return `${dev} ${ino}`
}
