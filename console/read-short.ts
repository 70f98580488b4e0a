import { closeSync, openSync, readSync } from 'node:fs'
import { NAME_A_FILE, whyUnread } from '../src/cli/unread.ts'
import { GumshoeError } from '../src/errors.ts'

/** The text of a file, or of standard input for `-`, of at most so many bytes. Throws `usage`, `too-large`. */
export const readShort = (path: string, most: number): string => {
  const bytes = Buffer.alloc(most + 1)
  let length = 0
  try {
    const fd = path === '-' ? 0 : openSync(path, 'r')
    try {
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(fd, bytes, length, bytes.length - length, null)
    } finally {
      if (fd !== 0) closeSync(fd)
    }
  } catch (cause) {
    throw new GumshoeError('usage', `${path} can't be read: ${whyUnread(cause)}.`, {
      cause,
      fix: `${NAME_A_FILE}, or - for standard input.`
    })
  }
  if (length > most) throw new GumshoeError('too-large', `${path} has more than ${most} bytes.`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length))
  } catch (cause) {
    throw new GumshoeError('usage', `${path} is no text in UTF-8.`, { cause })
  }
}
