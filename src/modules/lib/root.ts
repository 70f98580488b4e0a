import { closeSync, constants, existsSync, lstatSync, openSync, readlinkSync } from 'node:fs'
import { GumshoeError } from '../../errors.ts'

/**
 * Paths below a host's root, whether that is `/` or a directory that stands for another machine: absolute links resolve
 * inside it, `..` never leaves it, and directories are opened step by step without following, so that a link that is
 * swapped in while we walk leads nowhere (threats.md, T8). Node has no openat: a step goes through /proc/self/fd, which
 * names the open directory itself. On systems without it, only the last component of each step is safe from a swap.
 */
const HOPS = 40
const SLASH = 0x2f
const FD_PATH = '/proc/self/fd/'
const hasFdPath = existsSync(FD_PATH)

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK
/** Without a trace in the access time, which is evidence; only owners and root may ask for that. */
const NO_TRACE = process.getuid?.() === 0 ? (constants.O_NOATIME ?? 0) : 0

/** Opens without touching the access time where that is allowed. Throws what the system throws. */
export const openQuietly = (path: Buffer | string, flags: number): number => {
  if (NO_TRACE === 0) return openSync(path, flags)
  try {
    return openSync(path, flags | NO_TRACE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
    return openSync(path, flags)
  }
}

/** An open directory: everything in it is named through its descriptor. */
export interface OpenDirectory {
  readonly fd: number
  /** Its path as the host knows it, without the root in front; empty for the root itself. */
  readonly path: Buffer
  /** What stands before a name in it for the operating system, with the slash. */
  readonly front: Buffer
  /** Where it was found when it was opened, with the slash; for systems without descriptor paths. */
  readonly real: Buffer
}

const slash = Buffer.from('/')

const opened = (fd: number, path: Buffer, real: Buffer): OpenDirectory => ({
  fd,
  path,
  real,
  front: hasFdPath ? Buffer.from(`${FD_PATH}${fd}/`) : real
})

/** A child of an open directory, as the operating system is asked for it. */
export const childOf = (directory: OpenDirectory, name: Buffer): Buffer =>
  Buffer.concat([directory.front, name])

/** The path of a child as the host knows it. */
export const pathOf = (directory: OpenDirectory, name: Buffer): Buffer =>
  Buffer.concat([directory.path, slash, name])

/** Opens a directory in another one, never through a link. */
export const openChild = (directory: OpenDirectory, name: Buffer): OpenDirectory =>
  opened(
    openQuietly(childOf(directory, name), DIRECTORY),
    pathOf(directory, name),
    Buffer.concat([directory.real, name, slash])
  )

export const closeDirectory = (directory: OpenDirectory): void => closeSync(directory.fd)

/** Opens the root itself, through a link if it is one. */
export const openRoot = (root: string): OpenDirectory =>
  opened(
    openQuietly(root, DIRECTORY & ~constants.O_NOFOLLOW),
    Buffer.alloc(0),
    Buffer.from(root === '/' ? '/' : `${root}/`)
  )

/** Opens the directory that holds a path's last component, step by step, following nothing. */
export const openParent = (root: string, parts: readonly Buffer[]): OpenDirectory => {
  let directory = openRoot(root)
  for (const part of parts.slice(0, -1)) {
    const above = directory
    try {
      directory = openChild(above, part)
    } finally {
      closeDirectory(above)
    }
  }
  return directory
}

/** Components of an absolute path; `.` and empty ones are left out, `..` is kept. */
const split = (path: Buffer): Buffer[] => {
  const parts: Buffer[] = []
  let from = 0
  for (let at = 0; at <= path.length; at++) {
    if (at < path.length && path[at] !== SLASH) continue
    const part = path.subarray(from, at)
    if (part.length > 0 && !(part.length === 1 && part[0] === 0x2e)) parts.push(part)
    from = at + 1
  }
  return parts
}

const isUp = (part: Buffer): boolean => part.length === 2 && part[0] === 0x2e && part[1] === 0x2e

/** Components as a path of the host; empty for its root. */
export const joined = (parts: readonly Buffer[]): Buffer =>
  Buffer.concat(parts.flatMap(part => [slash, part]))

/**
 * The components of a path with every link on the way resolved inside the root; `pass` sees each place before it is touched
 * and throws where it must not be. Throws what lstat throws, and `unreadable` for links in a circle.
 */
export const resolveIn = (
  root: string,
  path: Buffer,
  pass: (path: Buffer) => void = () => undefined
): Buffer[] => {
  const todo = split(path)
  const done: Buffer[] = []
  const front = Buffer.from(root === '/' ? '' : root)
  let hops = 0
  while (todo.length > 0) {
    const part = todo.shift()!
    if (isUp(part)) {
      done.pop()
      continue
    }
    const here = joined([...done, part])
    pass(here)
    const real = Buffer.concat([front, here])
    if (!lstatSync(real).isSymbolicLink()) {
      done.push(part)
      continue
    }
    if (++hops > HOPS) throw new GumshoeError('unreadable', 'Too many links.')
    const target = readlinkSync(real, { encoding: 'buffer' })
    if (target[0] === SLASH) done.length = 0
    todo.unshift(...split(target))
  }
  return done
}
