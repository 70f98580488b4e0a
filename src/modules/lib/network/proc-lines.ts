import { closeSync, openSync, readSync } from 'node:fs'
import { GumshoeError } from '../../../errors.ts'

/** The kernel makes what it tells anew for each read: few and large ones. */
const CHUNK = 256 * 1024
/** No line of a list has nearly as much. */
const LONGEST = 64 * 1024

/**
 * The lines of a list of /proc, as latin1, however many there are: a host can have more sockets than a buffer should hold.
 * Throws what the system throws, and `unreadable`.
 */
export function* procLines(path: string): Generator<string> {
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK)
    let rest = ''
    for (;;) {
      const read = readSync(file, chunk, 0, CHUNK, null)
      if (read === 0) break
      const lines = (rest + chunk.toString('latin1', 0, read)).split('\n')
      rest = lines.pop()!
      if (rest.length > LONGEST) throw new GumshoeError('unreadable', `${path} has a line without an end.`)
      yield* lines
    }
    if (rest !== '') yield rest
  } finally {
    closeSync(file)
  }
}
