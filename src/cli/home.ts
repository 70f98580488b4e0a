import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
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

/**
 * A directory of a home: made 0700; one that others may enter, or put another in the place of, is refused (`home-open`);
 * with `own` root's is no exception: what it writes to another's goes where he leads it.
 */
export const privateDirectory = (path: string, { own = false } = {}): void => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    if (!['EACCES', 'EPERM'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause
    throw new GumshoeError('permission', `The directory ${path} can't be made.`, { cause })
  }
  refuseOpen(path, own)
  refuseOpenAbove(path)
}

/**
 * Whoever may change a directory above puts a home of his in the place of ours, with a charter and readers of his, or a
 * link that root follows (threats.md, T21). Throws `home-open` naming the directory. A group that is not its owner's own
 * may change it too; `groups` are let pass where the system means them to, as Debian does below /usr/local.
 */
export const refuseOpenAbove = (path: string, { groups = false } = {}): void => {
  if (process.platform === 'win32') return
  const own = lstatSync(path, { throwIfNoEntry: false })?.uid ?? 0
  const trusted = [0, process.geteuid?.() ?? own, own]
  for (const above of new Set([
    ...dirsAbove(resolve(path)),
    ...dirsAbove(realpathSync(dirname(path)), true)
  ])) {
    // A link is for its owner to turn; what it leads to is looked at by itself.
    const { uid } = lstatSync(above)
    const { mode, gid } = statSync(above)
    const byGroup = (mode & 0o020) !== 0 && gid !== 0 && gid !== uid && !groups
    const isOpen = ((mode & 0o002) !== 0 || byGroup) && (mode & STICKY) === 0
    if (!trusted.includes(uid))
      throw new GumshoeError(
        'home-open',
        `${above}, which holds ${path}, belongs to another user (uid ${uid}).`,
        {
          fix: 'Name a place of your own with --home.'
        }
      )
    if (isOpen)
      throw new GumshoeError('home-open', `Other users may change ${above}, which holds ${path}.`, {
        fix: `chmod ${byGroup ? 'go' : 'o'}-w ${above}`
      })
  }
}

/** In such a directory nobody renames what is another's. */
const STICKY = 0o1000

const dirsAbove = (path: string, itself = false): string[] => {
  const above = dirname(path)
  return [...(itself ? [path] : []), ...(above === path ? [] : dirsAbove(above, true))]
}

const refuseOpen = (path: string, own = false): void => {
  if (process.platform === 'win32') return
  const { mode, uid } = lstatSync(path)
  const self = process.geteuid?.() ?? uid
  // Root looks into the home of a service.
  if (uid !== self && (own || self !== 0))
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
  try {
    writeWhole(temporary, bytes)
    chmodSync(temporary, 0o600)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    // The system names the temporary file, or none at all.
    throw Object.assign(error as Error, { path })
  }
  syncDirectory(dirname(path))
}

const writeWhole = (path: string, bytes: Uint8Array): void => {
  const file = openSync(path, 'wx', 0o600)
  try {
    // Writes all of it: a single write ends early on a full disk, without an error.
    writeFileSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
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
