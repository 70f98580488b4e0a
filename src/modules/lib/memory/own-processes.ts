import { readlinkSync, statSync } from 'node:fs'
import { readProc } from '../processes/proc-read.ts'
import type { ProcessTable } from '../processes/process-table.ts'

/** How far up it is looked for who started us: agent, launcher, sudo. */
const UP = 8

/**
 * The processes that hold the question because they ask it: this one, the one that started it, and whoever above them runs
 * the same program, or names our launcher on its command line (the launcher itself, sudo, a shell with -c), where the words
 * that are looked for stand too. Only who started us counts. Empty where another host's /proc is looked at.
 */
export const ownProcesses = (proc: string, table: ProcessTable): ReadonlySet<number> => {
  const own = new Set<number>()
  try {
    if (proc !== '/proc') return own
    const pid = Number(readlinkSync(`${proc}/self`))
    const [program, launcher] = [programOf(proc, pid), launcherOf(wordsOf(proc, pid))]
    const asks = (above: number): boolean =>
      programOf(proc, above) === program ||
      (launcher !== undefined && wordsOf(proc, above).some(word => word.includes(launcher)))
    let at = table.get(pid)
    for (let up = 0; at !== undefined && up < UP; up++) {
      if (up > 1 && !asks(at.pid)) break
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

const wordsOf = (proc: string, pid: number): string[] =>
  readProc(`${proc}/${pid}/cmdline`).toString('latin1').split('\0')

/** A child is started as `…/gumshoe.cjs child memory`: the name of the file before its role. */
const launcherOf = (words: readonly string[]): string | undefined => {
  const at = words.indexOf('child')
  return at < 1 ? undefined : words[at - 1]!.split('/').at(-1) || undefined
}
