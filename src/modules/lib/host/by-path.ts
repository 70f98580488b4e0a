import {
  closeSync,
  type Dirent,
  existsSync,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readSync
} from 'node:fs'
import { type Directory, type Entries, type Entry, type OpenFile, pathOf } from './directory.ts'
import type { EntryKind, Identity, Status } from './file-calls.ts'
import { DIRECTORY, FILE, onlyFile, quietly, ROOT } from './open-flags.ts'

/**
 * Directories by what Node has, where nobody hands us better calls: a step goes through /proc/self/fd, which names the open
 * directory itself. On systems without it, only the last component of each step is safe from a swap.
 */
export const byPath = (root: string): Directory => {
  const fd = quietly(flags => openSync(root, flags), ROOT)
  return new Opened(fd, Buffer.alloc(0), Buffer.from(root === '/' ? '/' : `${root}/`))
}

const FD_PATH = '/proc/self/fd/'
const hasFdPath = existsSync(FD_PATH)
const SLASH = Buffer.from('/')

class Opened implements Directory {
  readonly path: Buffer
  readonly #fd: number
  /** Where it was found when it was opened, with the slash. */
  readonly #found: Buffer
  /** What stands before a name in it for the operating system, with the slash. */
  readonly #front: Buffer

  constructor(fd: number, path: Buffer, found: Buffer) {
    this.#fd = fd
    this.path = path
    this.#found = found
    this.#front = hasFdPath ? Buffer.from(`${FD_PATH}${fd}/`) : found
  }

  look(name: Buffer): Status {
    return lstatSync(this.real(name))
  }

  identify(): Identity {
    return identityOf(this.#fd)
  }

  into(name: Buffer): Directory {
    const fd = quietly(flags => openSync(this.real(name), flags), DIRECTORY)
    return new Opened(fd, pathOf(this, name), Buffer.concat([this.#found, name, SLASH]))
  }

  open(name: Buffer): OpenFile {
    const fd = quietly(flags => openSync(this.real(name), flags), FILE)
    try {
      return new File(fd, onlyFile(fstatSync(fd)))
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  entries(): Entries {
    return new Listed(this.#front)
  }

  real(name?: Buffer): Buffer {
    return name === undefined ? this.#front : Buffer.concat([this.#front, name])
  }

  close(): void {
    closeSync(this.#fd)
  }
}

const identityOf = (fd: number): Identity => {
  const { dev, ino } = fstatSync(fd, { bigint: true })
  return { dev: Number(dev), ino }
}

class File implements OpenFile {
  readonly status: Status
  readonly #fd: number

  constructor(fd: number, status: Status) {
    this.#fd = fd
    this.status = status
  }

  read(into: Buffer, length: number): number {
    return readSync(this.#fd, into, 0, length, null)
  }

  readAt(into: Buffer, length: number, place: number): number {
    return readSync(this.#fd, into, 0, length, place)
  }

  identify(): Identity {
    return identityOf(this.#fd)
  }

  close(): void {
    closeSync(this.#fd)
  }
}

class Listed implements Entries {
  readonly #list: ReturnType<typeof opendirSync>

  constructor(path: Buffer) {
    this.#list = opendirSync(path as never, { encoding: 'buffer' as never, bufferSize: 128 })
  }

  next(): Entry | undefined {
    const entry = this.#list.readSync()
    return entry === null ? undefined : { name: entry.name as unknown as Buffer, kind: kindOfEntry(entry) }
  }

  close(): void {
    this.#list.closeSync()
  }
}

const kindOfEntry = (entry: Dirent): EntryKind | undefined => {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'directory'
  if (entry.isSymbolicLink()) return 'link'
  const other = entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice()
  return other ? 'other' : undefined
}
