import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync
} from 'node:fs'
import { dirname } from 'node:path'
import { GumshoeError } from '../../src/errors.ts'

/** Directories of a home: made 0700; one that others may enter is refused (`home-open`). */
export const privateDirectory = (path: string): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  refuseOpen(path)
}

const refuseOpen = (path: string): void => {
  if (process.platform === 'win32') return
  const { mode } = lstatSync(path)
  if ((mode & 0o077) !== 0) throw new GumshoeError('home-open', `Other users may read or change ${path}.`)
}

/** The bytes of a secret file, or undefined where there is none. Throws `home-open` where others may read it. */
export const readPrivate = (path: string): Uint8Array | undefined => {
  try {
    refuseOpen(path)
    return new Uint8Array(readFileSync(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes all or nothing, 0600, synced: a reader sees the old bytes or the new ones. */
export const writePrivate = (path: string, bytes: Uint8Array): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  chmodSync(temporary, 0o600)
  renameSync(temporary, path)
}
