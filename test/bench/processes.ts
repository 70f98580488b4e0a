import { readFileSync } from 'node:fs'

/** Clock ticks a second (sysconf _SC_CLK_TCK); 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100

/** User and system time of a process in seconds, and of its children that have ended (proc(5), stat fields 14 to 17). */
export const cpuOf = (pid: number): { readonly own: number; readonly children: number } => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 15)
  const [user, system, childUser, childSystem] = fields.map(Number) as [number, number, number, number]
  return { own: (user + system) / TICKS_PER_S, children: (childUser + childSystem) / TICKS_PER_S }
}

/** User and system time of a process in seconds. */
export const cpuSeconds = (pid: number): number => cpuOf(pid).own

/** Memory in MB that a process has for itself, with its share of what it shares (proc(5), smaps_rollup). */
export const pssMB = (pid: number): number => {
  const [, kB] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))!
  return Number(kB) / 1_000
}

/** Bytes that loopback has carried: whatever else uses it falls on it, too. */
export const loopbackBytes = (): number =>
  Number(/^\s*lo:\s*(\d+)/m.exec(readFileSync('/proc/net/dev', 'utf8'))![1])

export const seconds = (count: number): Promise<void> => new Promise(done => setTimeout(done, count * 1_000))
