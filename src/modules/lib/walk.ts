import { type Dir, lstatSync, opendirSync, type Stats } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'
import { codeOf, type ErrorCode, GumshoeError } from '../../errors.ts'
import { type FileSystemKind, fileSystemOf } from './filesystems.ts'
import {
  childOf,
  closeDirectory,
  type OpenDirectory,
  openChild,
  openParent,
  pathOf,
  resolveIn
} from './root.ts'

export interface WalkOptions {
  readonly root: string
  readonly signal: AbortSignal
  /** Entries that may be looked at in all. */
  readonly entries: number
  /** Depth below each start; 1 is the start's own directory. */
  readonly depth: number
  /** True where the question asks for this depth: what lies deeper is then no part of it. */
  readonly depthAsked: boolean
  readonly crossDevices: boolean
  /** Kinds of file systems beside storage that may be walked. */
  readonly kinds: ReadonlySet<FileSystemKind>
}

export interface WalkedFile {
  /** As the host knows it. */
  readonly path: Buffer
  readonly name: Buffer
  /** For open: names the file through its directory's descriptor, good until the next step of the walk. */
  readonly real: Buffer
  readonly status: Stats
}

/** What a walk has seen so far; it goes on counting after it ended early. */
export class WalkCount {
  seen = 0
  unreadable = 0
  skipped = 0
  readonly errors: Record<string, number> = {}

  note(code: string): void {
    this.errors[code] = (this.errors[code] ?? 0) + 1
  }
}

/** Looks between two breaths, so that timers and signals come through. */
const SLICE = 256

/**
 * Regular files below some starts, each once: links are not followed, other devices and pseudo or network file systems are
 * left out unless asked, loops end at (device, inode), and budgets end a walk with what was found (threats.md, T8 to T10).
 */
export class Walk {
  readonly count = new WalkCount()
  readonly #options: WalkOptions
  readonly #visited = new Set<string>()
  #looked = 0

  constructor(options: WalkOptions) {
    this.#options = options
  }

  /** Yields the files below a start. Throws `limit-entries`, and the reason of the signal. */
  async *below(start: Buffer): AsyncGenerator<WalkedFile> {
    let parts: Buffer[]
    try {
      parts = resolveIn(this.#options.root, start)
    } catch (error) {
      this.#missed(error)
      return
    }
    let above: OpenDirectory
    try {
      above = openParent(this.#options.root, parts)
    } catch (error) {
      this.#missed(error)
      return
    }
    try {
      const name = parts.at(-1)
      if (name === undefined) yield* this.#directory(above, 1, undefined)
      else yield* this.#entry(above, name, 1, undefined)
    } finally {
      closeDirectory(above)
    }
  }

  async *#entry(
    above: OpenDirectory,
    name: Buffer,
    depth: number,
    device: number | undefined
  ): AsyncGenerator<WalkedFile> {
    if (++this.#looked > this.#options.entries)
      throw new GumshoeError('limit-entries', 'The limit of entries is reached.')
    if (this.#looked % SLICE === 0) await breathe()
    this.#options.signal.throwIfAborted()
    const real = childOf(above, name)
    let status: Stats
    try {
      status = lstatSync(real)
    } catch (error) {
      this.#missed(error)
      return
    }
    if (status.isFile()) {
      if (device === undefined && !this.#walkable(real, status, undefined)) return
      this.count.seen++
      yield { path: pathOf(above, name), name, real, status }
      return
    }
    if (!status.isDirectory()) return
    if (!this.#walkable(real, status, device)) return
    if (depth > this.#options.depth) {
      if (!this.#options.depthAsked) this.count.skipped++
      return
    }
    let directory: OpenDirectory
    try {
      directory = openChild(above, name)
    } catch (error) {
      this.#missed(error)
      return
    }
    try {
      yield* this.#directory(directory, depth, status.dev)
    } finally {
      closeDirectory(directory)
    }
  }

  async *#directory(
    directory: OpenDirectory,
    depth: number,
    device: number | undefined
  ): AsyncGenerator<WalkedFile> {
    const self = childOf(directory, Buffer.from('.'))
    let list: Dir
    let status: Stats
    try {
      status = lstatSync(self)
      list = opendirSync(self as never, { encoding: 'buffer' as never, bufferSize: 256 })
    } catch (error) {
      this.#missed(error)
      return
    }
    const identity = `${status.dev}:${status.ino}`
    if (this.#visited.has(identity)) {
      list.closeSync()
      return
    }
    this.#visited.add(identity)
    try {
      for (;;) {
        const entry = list.readSync()
        if (entry === null) return
        yield* this.#entry(directory, entry.name as unknown as Buffer, depth + 1, device ?? status.dev)
      }
    } catch (error) {
      if (error instanceof GumshoeError || this.#options.signal.aborted) throw error
      this.#missed(error)
    } finally {
      list.closeSync()
    }
  }

  /** May this be walked? Another device of real storage that is left out is told as skipped, since a `no` does not cover it. */
  #walkable(real: Buffer, status: Stats, device: number | undefined): boolean {
    if (device === status.dev) return true
    const kind = fileSystemOf(real)
    if (kind !== 'storage' && !this.#options.kinds.has(kind)) return false
    if (device === undefined || this.#options.crossDevices) return true
    this.count.skipped++
    return false
  }

  /** What could not be looked at. A thing that is not there (any more) is nothing that a question could be about. */
  #missed(error: unknown): void {
    const system = (error as NodeJS.ErrnoException).code
    if (system === 'ENOENT' || system === 'ENOTDIR') return
    this.count.unreadable++
    this.count.note(reasonOf(error))
  }
}

/** A stable code for what the system said. */
export const reasonOf = (error: unknown): ErrorCode => {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return 'permission'
  const ours = codeOf(error)
  return ours === 'internal' ? 'unreadable' : ours
}
