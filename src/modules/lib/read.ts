import { closeSync, constants, fstatSync, readSync } from 'node:fs'
import { GumshoeError } from '../../errors.ts'
import { openQuietly } from './root.ts'

const BUFFER = 256 * 1024
/** What is read of a file that says it is empty: those of /proc hold text all the same. */
const EMPTY = 16 << 20
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | (constants.O_NOCTTY ?? 0)

/** What is left to read in a run. */
export interface ReadBudget {
  left: number
}

/** Opens a regular file and nothing else: never hangs on a FIFO, a device or a socket that was put in its place (threats.md, F8). */
export const openFile = (path: Buffer): { readonly fd: number; readonly size: number } => {
  const fd = openQuietly(path, FLAGS)
  try {
    const status = fstatSync(fd)
    if (!status.isFile()) throw new GumshoeError('unreadable', 'It is no regular file any more.')
    return { fd, size: status.size }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

const shared = Buffer.allocUnsafeSlow(BUFFER)

/**
 * The chunks of an open file, in one buffer that is used again: take what you need before the next one. A file that grows is
 * read as far as it reached when it was opened. Throws `limit-bytes` where the budget ends, and what the system throws.
 */
export function* chunksOf(fd: number, size: number, budget: ReadBudget): Generator<Buffer> {
  let left = size > 0 ? size : EMPTY
  while (left > 0) {
    if (budget.left <= 0) throw new GumshoeError('limit-bytes', 'The read budget is used up.')
    const length = readSync(fd, shared, 0, Math.min(BUFFER, left, budget.left), null)
    if (length === 0) return
    left -= length
    budget.left -= length
    yield shared.subarray(0, length)
  }
}
