import { type ErrorCode, GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import { type Directory, type Entries, type Entry, type OpenRoot, openParent, pathOf } from './directory.ts'
import { type EntryKind, isFile, kindOf, type Status } from './file-calls.ts'
import { Boundary, type FileSystemKind } from './filesystems.ts'
import { type Active, locate, Refused, type Scope, type Start, Starts, withStart } from './starts.ts'
import { WalkCount, WalkedFile } from './walked.ts'
import { Wanted } from './wanted.ts'

export interface WalkOptions {
  readonly root: string
  readonly openRoot: OpenRoot
  /** Entries of directories that may be looked at in all. */
  readonly entries: number
  readonly crossDevices: boolean
  /** Kinds of file systems beside storage that may be walked. */
  readonly kinds: ReadonlySet<FileSystemKind>
  readonly boundary?: Boundary
  /** Whoever asks has named its paths: one that is not there is told as such. */
  readonly named?: boolean
  /** Where what is seen and missed is counted, together with what is looked at otherwise. */
  readonly count?: WalkCount
  /** Links, devices and whatever else has a name are things to look at too, as they are. */
  readonly everything?: boolean
  /** Told of each directory that is walked, before it is read. */
  readonly entered?: (directory: Directory) => void
}

interface Level {
  readonly directory: Directory
  readonly entries: Entries
  readonly device: number
  readonly inode: bigint
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
  readonly count: WalkCount
  /** Why the walk ended early. */
  limit: ErrorCode | undefined
  readonly #options: WalkOptions
  readonly #scopes: readonly Scope[]
  readonly #boundary: Boundary
  readonly #wanted: Wanted
  readonly #starts = new Starts()
  #looked = 0

  constructor(options: WalkOptions, scopes: readonly Scope[]) {
    this.#options = options
    this.#scopes = scopes
    this.#wanted = new Wanted(scopes)
    this.count = options.count ?? new WalkCount()
    this.#boundary = options.boundary ?? new Boundary(options.root, options.kinds)
  }

  /** A search that wants no more files. */
  close(scope: number): void {
    this.#wanted.close(scope)
  }

  /** Yields files, and undefined every so often: breathe then. */
  *files(): Generator<WalkedFile | undefined> {
    for (const [scope, { paths }] of this.#scopes.entries())
      for (const path of paths) this.#start(path, scope)
    for (const start of this.#starts.ordered()) {
      if (this.limit !== undefined || this.#wanted.none) return
      if (!start.done) yield* this.#from(start)
    }
  }

  #start(path: Buffer, scope: number): void {
    try {
      this.#starts.add(locate(this.#options.root, path, this.#boundary), scope)
    } catch (error) {
      this.#lost(error)
    }
  }

  /** A path that is not there is a plain "no"; one that may not be looked at is not. */
  #lost(error: unknown): void {
    const { code } = error as NodeJS.ErrnoException
    const isGone = code === 'ENOENT' || code === 'ENOTDIR'
    if (error instanceof Refused) this.count.skip(error.kind)
    else if (isGone && this.#options.named) this.count.note('path-missing')
    else if (code !== 'ENOTDIR') this.count.missed(error)
  }

  *#from(start: Start): Generator<WalkedFile | undefined> {
    start.done = true
    const { root, openRoot } = this.#options
    const name = start.parts.at(-1)
    let above: Directory | undefined
    try {
      above = name === undefined ? undefined : openParent(openRoot, root, start.parts)
    } catch (error) {
      this.count.missed(error)
      return
    }
    try {
      const active = start.scopes.map(scope => ({ scope, depth: 1 }))
      if (above === undefined || name === undefined) yield* this.#below(openRoot(root), active)
      else yield* this.#startIn(above, name, active)
    } catch (error) {
      this.count.missed(error)
    } finally {
      above?.close()
    }
  }

  *#startIn(above: Directory, name: Buffer, active: readonly Active[]): Generator<WalkedFile | undefined> {
    const path = pathOf(above, name)
    const status = above.look(name)
    const kind = kindOf(status)
    if (kind === 'directory') yield* this.#below(above.into(name), this.#wanted.at(active, path))
    else if (kind === 'file') {
      const wanted = this.#wanted.ofFile(active, () => path)
      if (wanted.length > 0) yield this.#file({ directory: above, device: -1, name }, wanted, status)
    }
  }

  /** Walks a directory that is open already, and closes it. */
  *#below(directory: Directory, active: readonly Active[]): Generator<WalkedFile | undefined> {
    const stack: Level[] = []
    const device = this.#enter(stack, directory, active, undefined)
    try {
      while (stack.length > 0) {
        const level = stack.at(-1)!
        const entry = this.#next(level)
        if (entry === undefined) {
          leave(stack.pop()!)
          continue
        }
        if (++this.#looked > this.#options.entries) {
          this.limit = 'limit-entries'
          return
        }
        if (this.#looked % SLICE === 0) yield undefined
        const { name } = entry
        const kind = entry.kind ?? this.#kindOf(level, name)
        const start = level.starts?.get(name.toString('latin1'))
        const here = withStart(level.active, start)
        if (kind === 'directory') {
          const entered = this.#descend(stack, level, name, here, device)
          // One that this walk may not enter, on another device say, is walked from its own start.
          if (start !== undefined && entered) start.done = true
        } else if (kind === 'file' || this.#options.everything) {
          if (start !== undefined) start.done = true
          const { directory, device } = level
          const wanted = this.#wanted.ofFile(here, () => pathOf(directory, name))
          if (wanted.length > 0) yield this.#file({ directory, device, name }, wanted)
        } else if (kind === 'link') yield* this.#followed(level.directory, name, here)
      }
    } finally {
      for (const level of stack) leave(level)
    }
  }

  /** The next entry of a directory; one that can't be read to its end is counted. */
  #next({ entries }: Level): Entry | undefined {
    try {
      return entries.next()
    } catch (error) {
      this.count.missed(error)
      return undefined
    }
  }

  /** Of what kind a thing is whose directory does not say. */
  #kindOf({ directory }: Level, name: Buffer): EntryKind {
    try {
      return kindOf(directory.look(name))
    } catch (error) {
      this.count.missed(error)
      return 'other'
    }
  }

  #file(
    place: { directory: Directory; device: number; name: Buffer },
    scopes: readonly number[],
    status?: Status,
    link?: { path: Buffer; name: Buffer }
  ): WalkedFile {
    this.count.seen++
    return new WalkedFile(place, scopes, link, status)
  }

  /**
   * True where an entry is no file for us after all: swapped for something else since it was listed, or mounted by itself
   * from a file system that must not be read. It is counted. Throws what lstat throws.
   */
  refuses(file: WalkedFile): boolean {
    if (!isFile(file.status)) throw new GumshoeError('unreadable', 'It is no regular file any more.')
    if (file.status.dev === file.device) return false
    const kind = this.#boundary.refusedDevice(file.status.dev, () => file.real)
    if (kind !== undefined) this.count.skip(kind)
    return kind !== undefined
  }

  *#followed(
    directory: Directory,
    name: Buffer,
    active: readonly Active[]
  ): Generator<WalkedFile | undefined> {
    const path = pathOf(directory, name)
    const wanted = this.#wanted.throughLink(active, path)
    if (wanted.length === 0) return
    let above: Directory | undefined
    try {
      const { root, openRoot } = this.#options
      const parts = locate(root, path, this.#boundary)
      const last = parts.at(-1)
      if (last === undefined) return
      above = openParent(openRoot, root, parts)
      const status = above.look(last)
      if (isFile(status))
        yield this.#file({ directory: above, device: -1, name: last }, wanted, status, { path, name })
    } catch (error) {
      this.#lost(error)
    } finally {
      above?.close()
    }
  }

  /** Goes into a directory where it may. Returns whether it did. */
  #descend(stack: Level[], level: Level, name: Buffer, here: readonly Active[], device: number): boolean {
    const path = pathOf(level.directory, name)
    const deeper = this.#wanted.below(here, path)
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
    try {
      const levels = stack.length
      this.#enter(stack, level.directory.into(name), deeper, device)
      return stack.length > levels
    } catch (error) {
      this.count.missed(error)
      return false
    }
  }

  /** Puts an open directory on the stack, or closes it where it must not be walked. Returns its device. */
  #enter(
    stack: Level[],
    directory: Directory,
    active: readonly Active[],
    device: number | undefined
  ): number {
    try {
      const { dev, ino } = directory.identify()
      const refused = dev === device ? undefined : this.#boundary.refusedDevice(dev, () => directory.real())
      const elsewhere = device !== undefined && dev !== device && !this.#options.crossDevices
      const loop = stack.some(level => level.device === dev && level.inode === ino)
      // A question is about the file system of its path: what else is mounted below is told, and makes no "no" partial.
      // The kernel's own trees are nothing that anybody means. A path that was itself named is another matter.
      if (refused !== undefined) {
        if (device === undefined) this.count.skip(refused)
        else if (refused === 'network') this.count.note(refused)
      } else if (elsewhere) this.count.note('other-device')
      else if (!loop && active.length > 0) {
        this.#options.entered?.(directory)
        const starts = this.#starts.in(directory)
        stack.push({ directory, entries: directory.entries(), device: dev, inode: ino, active, starts })
        return dev
      }
      directory.close()
      return dev
    } catch (error) {
      directory.close()
      this.count.missed(error)
      return device ?? -1
    }
  }
}

const leave = ({ directory, entries }: Level): void => {
  entries.close()
  directory.close()
}
