import { readFileSync } from 'node:fs'

/** What a process has used so far, from /proc; undefined where it has gone or there is no /proc. */
export const usageOf = (pid: number): { cpuMs: number; memoryMiB: number } | undefined => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    const resident = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '0'
    // utime and stime are fields 14 and 15 of proc(5), in ticks of 10 ms.
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, memoryMiB: Number(resident) / 1_024 }
  } catch {
    return undefined
  }
}

/** What a process has read so far, from files and pipes; 0 where nobody may know. */
export const readBytesOf = (pid: number): number => {
  try {
    return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
