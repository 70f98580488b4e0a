import { closeSync, constants, existsSync, lstatSync, openSync, readlinkSync } from 'node:fs'
import { GumshoeError } from '../../errors.ts'

/**
 * Paths below a host's root, whether that is `/` or a directory that stands for another machine: absolute links resolve
 * inside it, `..` never leaves it, and directories are opened step by step without following, so that a link that is
 * swapped in while we walk leads nowhere (threats.md, T8).
 */
const HOPS = 40
const SLASH = 0x2f

/** Descriptors are reached through here, which makes each step relative to an open directory; absent on other systems. */
const FD_PATH = '/proc/self/fd/'
const hasFdPath = existsSync(FD_PATH)

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** An open directory: everything in it is named through its descriptor. */
export interface OpenDirectory {
  readonly fd: number
  /** Its path as the host knows it, without the root in front; `` for the root itself. */
  readonly path: Buffer
  /** Where the operating system finds it. */
  readonly real: Buffer
}

/** A child of an open directory, as the operating system is asked for it. */
export const childOf = (directory: OpenDirectory, name: Buffer): Buffer =>
  Buffer.concat([
    hasFdPath ? Buffer.from(`${FD_PATH}${directory.fd}/`) : Buffer.concat([directory.real, Buffer.from('/')]),
    name
  ])

/** The path of a child as the host knows it. */
export const pathOf = (directory: OpenDirectory, name: Buffer): Buffer =>
  Buffer.concat([directory.path, Buffer.from('/'), name])

export const openChild = (directory: OpenDirectory, name: Buffer): OpenDirectory => ({
  fd: openSync(childOf(directory, name), DIRECTORY),
  path: pathOf(directory, name),
  real: Buffer.concat([directory.real, Buffer.from('/'), name])
})

export const closeDirectory = (directory: OpenDirectory): void => closeSync(directory.fd)

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

const join = (root: string, parts: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from(root === '/' ? '' : root), ...parts.flatMap(part => [Buffer.from('/'), part])])

/** The components of a path with every link on the way resolved inside the root. Throws what lstat throws, and ELOOP as `unreadable`. */
export const resolveIn = (root: string, path: Buffer): Buffer[] => {
  const todo = split(path)
  const done: Buffer[] = []
  let hops = 0
  while (todo.length > 0) {
    const part = todo.shift()!
    if (isUp(part)) {
      done.pop()
      continue
    }
    const real = join(root, [...done, part])
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

/** Opens the directory that holds a path's last component, step by step, following nothing. */
export const openParent = (root: string, parts: readonly Buffer[]): OpenDirectory => {
  let directory: OpenDirectory = {
    fd: openSync(root, DIRECTORY & ~constants.O_NOFOLLOW),
    path: Buffer.alloc(0),
    real: Buffer.from(root === '/' ? '' : root)
  }
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
