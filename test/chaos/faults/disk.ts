import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../random.ts'
import type { Chaos } from '../scenario.ts'

/** A file system of its own at a place; how to take it away, or undefined where this machine does not let us mount one. */
export const mountSmall = (place: string, mebibytes: number): (() => void) | undefined => {
  mkdirSync(place, { recursive: true, mode: 0o700 })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', place], {
      stdio: 'ignore'
    })
  } catch {
    return undefined
  }
  return () => void execFileSync('umount', ['-l', place])
}

/** Writes until the disk takes no more. Returns the file, to be removed. */
export const fillUp = (place: string): string => {
  const path = join(place, 'somebody')
  const file = openSync(path, 'w')
  try {
    for (let size = 1 << 20; size >= 1 << 10; size >>= 1) {
      const block = Buffer.alloc(size, 1)
      try {
        while (writeSync(file, block) > 0);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
  } finally {
    closeSync(file)
  }
  return path
}

/** The preloaded library; undefined where there is no C compiler. */
export const buildShim = (chaos: Chaos): string | undefined => {
  const made = join(chaos.directory, 'disk.so')
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', made, join(import.meta.dirname, 'disk.c'), '-ldl'], {
      stdio: 'pipe'
    })
    return made
  } catch {
    return undefined
  }
}

/** The words before a command that put it on such a disk. */
export const onFaultyDisk = (shim: string, marks: { eio?: string; synced?: string }): string[] => [
  'env',
  `LD_PRELOAD=${shim}`,
  'UV_USE_IO_URING=0',
  ...(marks.eio ? [`CHAOS_EIO=${marks.eio}`] : []),
  ...(marks.synced ? [`CHAOS_SYNCED=${marks.synced}`] : [])
]

const filesBelow = (place: string): string[] =>
  readdirSync(place, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))

/**
 * What a power loss leaves of a directory: each file as long as at its last sync, or with a part of what came after it.
 * Names (renames, deletions) are taken as done: only bytes are dropped. Returns how many bytes were.
 */
export const dropUnsynced = (place: string, logs: readonly string[], random: Random): number => {
  const lengths = new Map<string, number>()
  for (const line of logs.flatMap(log => readFileSync(log, 'utf8').split('\n'))) {
    const [inode, length] = line.split(' ')
    if (length !== undefined) lengths.set(inode!, Number(length))
  }
  let dropped = 0
  for (const path of filesBelow(place)) {
    const { dev, ino, size } = statSync(path)
    const sure = Math.min(size, lengths.get(`${dev}:${ino}`) ?? 0)
    // Half of the time nothing more had reached the disk, else some of it.
    const left = random.next() < 0.5 ? sure : sure + random.below(size - sure + 1)
    if (left === size) continue
    truncateSync(path, left)
    dropped += size - left
  }
  return dropped
}
