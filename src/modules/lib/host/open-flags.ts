import { constants } from 'node:fs'
import { GumshoeError } from '../../../errors.ts'
import { isFile, type Status } from './file-calls.ts'

/** A directory, never through a link. */
export const DIRECTORY =
  constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK
/** The root itself may be a link. */
export const ROOT = DIRECTORY & ~constants.O_NOFOLLOW
/** A file: never hangs on a FIFO, a device or a socket that was put in its place (threats.md, T10). */
export const FILE =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | (constants.O_NOCTTY ?? 0)

/** Without a trace in the access time, which is evidence; only owners and root may ask for that. */
export const NO_TRACE = process.getuid?.() === 0 ? (constants.O_NOATIME ?? 0) : 0

/** Opens without touching the access time where that is allowed. Throws what the system throws. */
export const quietly = (open: (flags: number) => number, flags: number): number => {
  if (NO_TRACE === 0) return open(flags)
  try {
    return open(flags | NO_TRACE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
    return open(flags)
  }
}

/** Throws `unreadable` for anything but a regular file. */
export const onlyFile = (status: Status): Status => {
  if (!isFile(status)) throw new GumshoeError('unreadable', 'It is no regular file any more.')
  return status
}
