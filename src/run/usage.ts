import { readFileSync } from 'node:fs'

/** What a process has used so far, from /proc; undefined where it has gone or there is no /proc. */
export const usageOf = (pid: number): { cpuMs: number; memoryMiB: number } | undefined => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
    // utime and stime are fields 14 and 15 of proc(5), in ticks of 10 ms; pages have 4 KiB on what we run on.
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, memoryMiB: (pages * 4_096) / (1 << 20) }
  } catch {
    return undefined
  }
}
