import type { ProcProcess } from '../processes/proc-process.ts'
import { isGone, readProc } from '../processes/proc-read.ts'

/** Whether this host has put anything out to swap; it may have where it does not say. */
export const usesSwap = (proc: string): boolean => {
  try {
    const text = readProc(`${proc}/meminfo`).toString('latin1')
    return kibOf(text, 'SwapTotal') !== kibOf(text, 'SwapFree')
  } catch {
    return true
  }
}

/**
 * Whether shared memory of a process is swapped out. /proc/PID/pagemap shows such pages like those that nobody ever touched, so
 * nothing reads them back; what all mappings have in swap (proc_pid_smaps(5)) is then more than what the process has by itself.
 */
export const hasSharedSwap = (process: ProcProcess): boolean => {
  try {
    const all = readProc(process.fileNamed('smaps_rollup')).toString('latin1')
    const own = readProc(process.fileNamed('status')).toString('latin1')
    return (kibOf(all, 'Swap') ?? 0) > (kibOf(own, 'VmSwap') ?? 0)
  } catch (error) {
    // An old kernel has no such sum; what has ended, or has no memory, has none in swap.
    return !isGone(error) || process.isSame
  }
}

const kibOf = (text: string, name: string): number | undefined => {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)
  return found === null ? undefined : Number(found[1])
}
