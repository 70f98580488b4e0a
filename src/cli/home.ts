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
  rmSync,
  writeFileSync
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { GumshoeError } from '../errors.ts'

export type Program = 'gumshoe' | 'gumshoe-agent' | 'gumshoe-bootstrap'

const VARIABLES: Record<Program, string> = {
  gumshoe: 'GUMSHOE_HOME',
  'gumshoe-agent': 'GUMSHOE_AGENT_HOME',
  'gumshoe-bootstrap': 'GUMSHOE_BOOTSTRAP_HOME'
}

/** Where a program keeps what is its own: `--home`, its variable, else below the user's directory (services as root: /var/lib). */
export const homeOf = (program: Program, given: string | undefined, environment = process.env): string => {
  const named = given ?? environment[VARIABLES[program]]
  if (named) return resolve(named)
  const service = program !== 'gumshoe' && process.getuid?.() === 0
  return service ? `/var/lib/${program}` : join(homedir(), `.${program}`)
}

/** A directory of a home: made 0700; one that others may enter is refused (`home-open`). */
export const privateDirectory = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new GumshoeError('permission', `The directory ${path} can't be made.`, { cause })
  }
  refuseOpen(path)
}

const refuseOpen = (path: string): void => {
  if (process.platform === 'win32') return
  const { mode, uid } = lstatSync(path)
  const self = process.geteuid?.() ?? uid
  // Root looks into the home of a service.
  if (uid !== self && self !== 0)
    throw new GumshoeError('home-open', `${path} belongs to another user (uid ${uid}).`, {
      fix: `Name a home of your own with --home, or as root: chown -R ${self} ${path}`
    })
  if ((mode & 0o077) === 0) return
  throw new GumshoeError('home-open', `Other users may read or change ${path}.`, {
    fix: `chmod go-rwx ${path}`
  })
}

/** The bytes of a private file, or undefined where there is none. Throws `home-open` where others may read it. */
export const readPrivate = (path: string): Uint8Array | undefined => {
  try {
    refuseOpen(path)
    return new Uint8Array(readFileSync(path))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'EACCES' || code === 'EPERM')
      throw new GumshoeError('permission', `${path} may not be read.`, { cause: error })
    throw error
  }
}

/** Writes all or nothing, 0600, synced with its directory: a reader sees the old bytes or the new ones. */
export const writePrivate = (path: string, bytes: Uint8Array): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = openSync(temporary, 'wx', 0o600)
  try {
    // Writes all of it: a single write ends early on a full disk, without an error.
    writeFileSync(file, bytes)
    fsyncSync(file)
  } catch (error) {
    closeSync(file)
    rmSync(temporary, { force: true })
    throw error
  }
  closeSync(file)
  chmodSync(temporary, 0o600)
  renameSync(temporary, path)
  syncDirectory(dirname(path))
}

/** Makes a rename last over a power loss. */
const syncDirectory = (path: string): void => {
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
