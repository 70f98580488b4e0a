import { type Dirent, lstatSync, type Stats } from 'node:fs'
import { codeOf, type ErrorCode } from '../../errors.ts'
import { childOf, type OpenDirectory, pathOf } from './root.ts'

/** A regular file that some scopes want to know about. It is named through its directory's descriptor: good until the walk goes on. */
export class WalkedFile {
  readonly name: Buffer
  /** Numbers of the scopes that it lies in. */
  readonly scopes: readonly number[]
  /** The device of its directory; -1 where that says nothing. */
  readonly device: number
  readonly #link: Buffer | undefined
  readonly #directory: OpenDirectory
  readonly #file: Buffer
  #status: Stats | undefined

  constructor(
    place: { directory: OpenDirectory; device: number; name: Buffer },
    scopes: readonly number[],
    link: { path: Buffer; name: Buffer } | undefined,
    status: Stats | undefined
  ) {
    this.#directory = place.directory
    this.device = place.device
    this.#file = place.name
    this.name = link?.name ?? place.name
    this.#link = link?.path
    this.scopes = scopes
    this.#status = status
  }

  /** Its path as the host knows it; of a link that was followed, the link's. */
  get path(): Buffer {
    return this.#link ?? pathOf(this.#directory, this.#file)
  }

  /** What the operating system is asked for. */
  get real(): Buffer {
    return childOf(this.#directory, this.#file)
  }

  /** Throws what lstat throws. */
  get status(): Stats {
    this.#status ??= lstatSync(this.real)
    return this.#status
  }
}

/** What a walk has seen so far. */
export class WalkCount {
  seen = 0
  unreadable = 0
  skipped = 0
  readonly errors = new Map<string, number>()

  note(code: string): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }

  /** What could not be looked at. A thing that is not there any more is nothing that a question could be about. */
  missed(error: unknown): void {
    const code = reasonOf(error)
    this.note(code)
    if (code !== 'not-found') this.unreadable++
  }

  skip(why: string): void {
    this.skipped++
    this.note(why)
  }
}

/** A stable code for what the system said. */
export const reasonOf = (error: unknown): ErrorCode => {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return 'permission'
  if (code === 'ENOENT') return 'not-found'
  const ours = codeOf(error)
  return ours === 'internal' ? 'unreadable' : ours
}

export type EntryKind = 'file' | 'directory' | 'link' | 'other'

/** Of what kind an entry of a directory is; some file systems do not say, and the entry is looked at. Throws what lstat throws. */
export const kindOf = (entry: Dirent, real: () => Buffer): EntryKind => {
  const known = isUnknown(entry) ? lstatSync(real()) : entry
  if (known.isFile()) return 'file'
  if (known.isDirectory()) return 'directory'
  return known.isSymbolicLink() ? 'link' : 'other'
}

const isUnknown = (entry: Dirent): boolean =>
  !(
    entry.isFile() ||
    entry.isDirectory() ||
    entry.isSymbolicLink() ||
    entry.isFIFO() ||
    entry.isSocket() ||
    entry.isCharacterDevice() ||
    entry.isBlockDevice()
  )
