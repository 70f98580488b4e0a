import { readProc, readRecord } from './proc-read.ts'

/** What /proc/PID/stat tells of a process (proc_pid_stat(5)). */
export interface ProcStat {
  readonly pid: number
  readonly parent: number
  /** The first 15 bytes of what it calls itself: any bytes, by the process's own choice. */
  readonly name: Buffer
  /** One letter: R running, S sleeping, Z zombie, … */
  readonly state: string
  /** Ticks from the start of the system to its own: with the pid, what tells one process from another. */
  readonly started: number
}

const OPEN = 0x28
const CLOSE = 0x29
/** Fields after the name, which is the second: state is the third, ppid the fourth, starttime the twenty-second. */
const STATE = 0
const PARENT = 1
const STARTED = 19

/** A name may hold brackets and spaces, so it ends at the last bracket. Undefined where the text has another form. */
export const parseStat = (pid: number, text: Buffer): ProcStat | undefined => {
  const from = text.indexOf(OPEN)
  const to = text.lastIndexOf(CLOSE)
  if (from < 0 || to < from) return undefined
  const fields = text.toString('latin1', to + 2).split(' ')
  const [parent, started] = [Number(fields[PARENT]), Number(fields[STARTED])]
  const state = fields[STATE]
  if (!Number.isSafeInteger(parent) || !Number.isSafeInteger(started) || !/^[A-Za-z]$/.test(state ?? ''))
    return undefined
  return { pid, parent, name: text.subarray(from + 1, to), state: state!, started }
}

/** Throws what the system throws; undefined where the text has another form. */
export const readStat = (proc: string, pid: number): ProcStat | undefined =>
  parseStat(pid, readRecord(`${proc}/${pid}/stat`))

/** Ticks a second as the kernel tells them to programs: 100 on every architecture that we run on. */
const TICKS = 100

/** Milliseconds since 1970 of the system's start, of `btime` in /proc/stat (proc_stat(5)); undefined where it does not say. */
export const bootTime = (proc: string): number | undefined => {
  try {
    const seconds = /^btime (\d+)$/m.exec(readProc(`${proc}/stat`).toString('latin1'))?.[1]
    return seconds === undefined ? undefined : Number(seconds) * 1_000
  } catch {
    return undefined
  }
}

/** When a process started, in milliseconds since 1970. */
export const startedAt = (boot: number, { started }: ProcStat): number =>
  boot + Math.floor((started * 1_000) / TICKS)
