import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { joined, resolveIn } from '../src/modules/lib/host/root.ts'

/** More than any os-release. */
const MOST_BYTES = 64 * 1024

/**
 * A small text file of the host that this agent answers for, links resolved inside its root: a mounted image may be
 * hostile, and its /etc/hostname may be a link out of it, or a pipe that never ends. Undefined where there is none.
 */
export const readHostText = (root: string, path: string): string | undefined => {
  let file: number | undefined
  try {
    const real = join(root, joined(resolveIn(root, Buffer.from(path))).toString())
    file = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if (!fstatSync(file).isFile()) return undefined
    const bytes = Buffer.allocUnsafe(MOST_BYTES)
    return bytes.subarray(0, readSync(file, bytes, 0, MOST_BYTES, 0)).toString('utf8')
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
