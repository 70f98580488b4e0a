import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** /proc/PID/stat as the kernel writes it (proc_pid_stat(5)). */
export const statText = (pid: number, name: Uint8Array | string, parent = 0, started = 100): Buffer =>
  Buffer.concat([
    Buffer.from(`${pid} (`),
    Buffer.from(name as string),
    Buffer.from(`) S ${parent} 1 1 0 -1 4194560 ${'0 '.repeat(12)}${started} 1000 10\n`)
  ])

export interface FakeProcess {
  readonly name: string | Uint8Array
  readonly parent?: number
  readonly started?: number
  readonly uid?: number
  readonly cmdline?: string
  /** Where its executable lies. */
  readonly exe?: string
}

/** Puts a process into a directory that stands for /proc. */
export const fakeProcess = (proc: string, pid: number, fake: FakeProcess): void => {
  const { name, parent = 0, started = 100, uid = 0, cmdline = '', exe } = fake
  const directory = join(proc, String(pid))
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'stat'), statText(pid, name, parent, started))
  writeFileSync(join(directory, 'status'), `Name:\tx\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`)
  writeFileSync(join(directory, 'cmdline'), cmdline)
  if (exe !== undefined) symlinkSync(exe, join(directory, 'exe'))
}

const PAGE = 4_096
/** Present, in an entry of pagemap. */
const PRESENT = 1n << 63n

/** Files of a process in a root of a test, whose one page of memory holds a text; of a host without swap. */
export const memoryFiles = (
  pid: number,
  name: Uint8Array | string,
  text: string
): Record<string, Uint8Array> => {
  const pages = Buffer.alloc(16)
  pages.writeBigUInt64LE(PRESENT, 8)
  return {
    [`proc/${pid}/stat`]: statText(pid, name),
    'proc/meminfo': Buffer.from('SwapTotal:       0 kB\nSwapFree:        0 kB\n'),
    [`proc/${pid}/maps`]: Buffer.from('00001000-00002000 rw-p 00000000 00:00 0  [heap]\n'),
    [`proc/${pid}/pagemap`]: pages,
    [`proc/${pid}/mem`]: Buffer.concat([Buffer.alloc(PAGE), Buffer.from(text.padEnd(PAGE))])
  }
}
