import { lstatSync, readlinkSync } from 'node:fs'
import { GumshoeError } from '../../../errors.ts'

/**
 * Paths below a host's root, whether that is `/` or a directory that stands for another machine: absolute links resolve
 * inside it, and `..` never leaves it (threats.md, T8). Where a path leads is opened step by step then: directory.ts.
 */
const HOPS = 40
const SLASH = 0x2f
const slash = Buffer.from('/')

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
