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
