import { closeSync, openSync, readdirSync, readSync } from 'node:fs'

/** What one file of /proc may hold for us: the mappings of the largest programs are some MB. */
const MOST = 16 << 20
const FIRST = 64 * 1024

let buffer = Buffer.allocUnsafeSlow(FIRST)

/**
 * A whole file of /proc. Such files say that they are empty, so they are read until nothing comes; in as few calls as can
 * be, since the kernel makes what it tells anew for each. Throws what the system throws.
 */
export const readProc = (path: string | Buffer): Buffer => {
  const file = openSync(path, 'r')
  try {
    let length = 0
    for (;;) {
      if (length === buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(MOST, 4 * buffer.length))
        buffer.copy(larger, 0, 0, length)
        buffer = larger
      }
      const read = readSync(file, buffer, length, buffer.length - length, null)
      length += read
      if (read === 0 || length >= MOST) return Buffer.from(buffer.subarray(0, length))
    }
  } finally {
    closeSync(file)
  }
}

/** The same of a file that is one record, which the kernel tells whole where there is room: what it gives at once is all. */
export const readRecord = (path: string): Buffer => {
  const file = openSync(path, 'r')
  try {
    return Buffer.from(buffer.subarray(0, readSync(file, buffer, 0, FIRST, null)))
  } finally {
    closeSync(file)
  }
}

/** Numbers of the processes, in their order. Throws what the system throws. */
export const pidsOf = (proc: string): number[] =>
  readdirSync(proc)
    .filter(name => /^[1-9]\d{0,9}$/.test(name))
    .map(Number)
    .sort((one, other) => one - other)

/** Where the kernel's view of a host is. */
export const procOf = (root: string): string => `${root === '/' ? '' : root}/proc`

/** True where a process, or what was asked about it, is not there (any more). */
export const isGone = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR'
}
