import { type Dir, type Dirent, fstatSync, lstatSync, opendirSync, type Stats } from 'node:fs'
import { type ErrorCode, GumshoeError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { Boundary, type FileSystemKind } from './filesystems.ts'
import {
  childOf,
  closeDirectory,
  type OpenDirectory,
  openChild,
  openParent,
  openRoot,
  pathOf
} from './root.ts'
import { type Active, locate, Refused, type Scope, type Start, Starts, withStart } from './starts.ts'
import { type EntryKind, kindOf, WalkCount, WalkedFile } from './walked.ts'

export interface WalkOptions {
  readonly root: string
  /** Entries of directories that may be looked at in all. */
  readonly entries: number
  readonly crossDevices: boolean
  /** Kinds of file systems beside storage that may be walked. */
  readonly kinds: ReadonlySet<FileSystemKind>
  readonly boundary?: Boundary
}

interface Level {
  readonly directory: OpenDirectory
  readonly list: Dir
  readonly device: number
  readonly inode: number
  readonly active: readonly Active[]
  /** Starts that lie directly in here, by name in latin1. */
  readonly starts: ReadonlyMap<string, Start> | undefined
}

/** Entries between two breaths of the caller, so that timers and signals come through. */
const SLICE = 256

/**
 * One walk for many searches: each regular file below their paths once, with the searches that it concerns. Links to
 * directories are never followed, other devices and pseudo or network file systems are left out unless asked, loops end
 * where a directory is its own ancestor, and budgets end a walk with what was found (threats.md, T8 to T10).
 */
export class Walk {
  readonly count = new WalkCount()
  /** Why the walk ended early. */
  limit: ErrorCode | undefined
  readonly #options: WalkOptions
  readonly #scopes: readonly Scope[]
  readonly #boundary: Boundary
  readonly #closed = new Set<number>()
  readonly #starts = new Starts()
  #looked = 0

  constructor(options: WalkOptions, scopes: readonly Scope[]) {
    this.#options = options
    this.#scopes = scopes
    this.#boundary = options.boundary ?? new Boundary(options.root, options.kinds)
  }

  /** A search that wants no more files. */
  close(scope: number): void {
    this.#closed.add(scope)
  }

  /** Yields files, and undefined every so often: breathe then. */
  *files(): Generator<WalkedFile | undefined> {
    for (const [scope, { paths }] of this.#scopes.entries())
      for (const path of paths) this.#start(path, scope)
    for (const start of this.#starts.ordered()) {
      if (this.limit !== undefined || this.#closed.size === this.#scopes.length) return
      if (!start.done) yield* this.#from(start)
    }
  }

  #start(path: Buffer, scope: number): void {
    try {
      this.#starts.add(locate(this.#options.root, path, this.#boundary), scope)
    } catch (error) {
      // A path that is not there is a plain "no"; one that may not be looked at is not.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') this.#lost(error)
    }
  }

  #lost(error: unknown): void {
    if (error instanceof Refused) this.count.skip(error.kind)
    else this.count.missed(error)
  }

  *#from(start: Start): Generator<WalkedFile | undefined> {
    start.done = true
    const name = start.parts.at(-1)
    let above: OpenDirectory | undefined
    try {
      above = name === undefined ? undefined : openParent(this.#options.root, start.parts)
    } catch (error) {
      this.count.missed(error)
      return
    }
    try {
      const active = start.scopes.map(scope => ({ scope, depth: 1 }))
      if (above === undefined || name === undefined) yield* this.#below(openRoot(this.#options.root), active)
      else yield* this.#startIn(above, name, active)
    } catch (error) {
      this.count.missed(error)
    } finally {
      if (above !== undefined) closeDirectory(above)
    }
  }

  *#startIn(
    above: OpenDirectory,
    name: Buffer,
    active: readonly Active[]
  ): Generator<WalkedFile | undefined> {
    const path = pathOf(above, name)
    const wanted = this.#wanted(active, path)
    const status = lstatSync(childOf(above, name))
    if (status.isDirectory()) yield* this.#below(openChild(above, name), wanted)
    else if (status.isFile() && wanted.length > 0)
      yield this.#file({ directory: above, device: -1 }, name, wanted, status)
  }

  /** Walks a directory that is open already, and closes it. */
  *#below(directory: OpenDirectory, active: readonly Active[]): Generator<WalkedFile | undefined> {
    const stack: Level[] = []
    const device = this.#enter(stack, directory, active, undefined)
    try {
      while (stack.length > 0) {
        const level = stack.at(-1)!
        const entry = this.#ask<Dirent | null>(() => level.list.readSync(), null)
        if (entry === null) {
          leave(stack.pop()!)
          continue
        }
        if (++this.#looked > this.#options.entries) {
          this.limit = 'limit-entries'
          return
        }
        if (this.#looked % SLICE === 0) yield undefined
        const name = entry.name as unknown as Buffer
        const kind = this.#ask<EntryKind>(() => kindOf(entry, () => childOf(level.directory, name)), 'other')
        const start = level.starts?.get(name.toString('latin1'))
        const here = withStart(level.active, start)
        if (kind === 'directory') {
          const entered = this.#descend(stack, level, name, here, device)
          // One that this walk may not enter, on another device say, is walked from its own start.
          if (start !== undefined && entered) start.done = true
        } else if (kind === 'file') {
          if (start !== undefined) start.done = true
          const wanted = this.#scopesOf(here, level.directory, name)
          if (wanted.length > 0) yield this.#file(level, name, wanted, undefined)
        } else if (kind === 'link') yield* this.#followed(level.directory, name, here)
      }
    } finally {
      for (const level of stack) leave(level)
    }
  }

  /** What the system answers; where it fails, that is counted. */
  #ask<T>(what: () => T, otherwise: T): T {
    try {
      return what()
    } catch (error) {
      this.count.missed(error)
      return otherwise
    }
  }

  #wanted(active: readonly Active[], path: Buffer): Active[] {
    return active.filter(
      ({ scope }) => !this.#closed.has(scope) && this.#scopes[scope]!.excludes?.(path) !== true
    )
  }

  #scopesOf(active: readonly Active[], directory: OpenDirectory, name: Buffer): readonly Active[] {
    const plain = active.every(
      ({ scope }) => !this.#closed.has(scope) && this.#scopes[scope]!.excludes === undefined
    )
    return plain ? active : this.#wanted(active, pathOf(directory, name))
  }

  #file(
    place: { directory: OpenDirectory; device: number },
    name: Buffer,
    active: readonly Active[],
    status: Stats | undefined,
    link?: { path: Buffer; name: Buffer }
  ): WalkedFile {
    this.count.seen++
    const scopes = active.map(({ scope }) => scope)
    return new WalkedFile({ directory: place.directory, device: place.device, name }, scopes, link, status)
  }

  /**
   * True where an entry is no file for us after all: swapped for something else since it was listed, or mounted by itself
   * from a file system that must not be read. It is counted. Throws what lstat throws.
   */
  refuses(file: WalkedFile): boolean {
    if (!file.status.isFile()) throw new GumshoeError('unreadable', 'It is no regular file any more.')
    if (file.status.dev === file.device) return false
    const kind = this.#boundary.refusedDevice(file.status.dev, file.real)
    if (kind !== undefined) this.count.skip(kind)
    return kind !== undefined
  }

  *#followed(
    directory: OpenDirectory,
    name: Buffer,
    active: readonly Active[]
  ): Generator<WalkedFile | undefined> {
    const path = pathOf(directory, name)
    const wanted = this.#wanted(active, path).filter(({ scope }) => this.#scopes[scope]!.follow)
    if (wanted.length === 0) return
    let above: OpenDirectory | undefined
    try {
      const parts = locate(this.#options.root, path, this.#boundary)
      const last = parts.at(-1)
      if (last === undefined) return
      above = openParent(this.#options.root, parts)
      const status = lstatSync(childOf(above, last))
      if (status.isFile())
        yield this.#file({ directory: above, device: -1 }, last, wanted, status, { path, name })
    } catch (error) {
      this.#lost(error)
    } finally {
      if (above !== undefined) closeDirectory(above)
    }
  }

  /** Goes into a directory where it may. Returns whether it did. */
  #descend(stack: Level[], level: Level, name: Buffer, here: readonly Active[], device: number): boolean {
    const path = pathOf(level.directory, name)
    const deeper = this.#wanted(here, path)
      .map(({ scope, depth }) => ({ scope, depth: depth + 1 }))
      .filter(({ scope, depth }) => depth <= (this.#scopes[scope]!.maxDepth ?? Number.MAX_SAFE_INTEGER))
    if (deeper.length === 0) return false
    if (stack.length >= LIMITS.walkDepth) {
      this.count.skip('too-deep')
      return false
    }
    const mounted = this.#boundary.refusedAt(path)
    if (mounted !== undefined) {
      if (mounted === 'network') this.count.note(mounted)
      return false
    }
    const directory = this.#ask(() => openChild(level.directory, name), undefined)
    if (directory === undefined) return false
    const levels = stack.length
    this.#enter(stack, directory, deeper, device)
    return stack.length > levels
  }

  /** Puts an open directory on the stack, or closes it where it must not be walked. Returns its device. */
  #enter(
    stack: Level[],
    directory: OpenDirectory,
    active: readonly Active[],
    device: number | undefined
  ): number {
    try {
      const { dev, ino } = fstatSync(directory.fd)
      const refused = dev === device ? undefined : this.#boundary.refusedDevice(dev, directory.front)
      const elsewhere = device !== undefined && dev !== device && !this.#options.crossDevices
      const loop = stack.some(level => level.device === dev && level.inode === ino)
      // A question is about the file system of its path: what else is mounted below is told, and makes no "no" partial.
      // The kernel's own trees are nothing that anybody means. A path that was itself named is another matter.
      if (refused !== undefined) {
        if (device === undefined) this.count.skip(refused)
        else if (refused === 'network') this.count.note(refused)
      } else if (elsewhere) this.count.note('other-device')
      else if (!loop && active.length > 0) {
        const list = opendirSync(directory.front as never, { encoding: 'buffer' as never, bufferSize: 128 })
        const starts = this.#starts.in(directory)
        stack.push({ directory, list, device: dev, inode: ino, active, starts })
        return dev
      }
      closeDirectory(directory)
      return dev
    } catch (error) {
      closeDirectory(directory)
      this.count.missed(error)
      return device ?? -1
    }
  }
}

const leave = ({ directory, list }: Level): void => {
  list.closeSync()
  closeDirectory(directory)
}
