import { LIMITS } from '../../../limits.ts'
import type { NotifyCalls } from './notify-calls.ts'

/** Events of inotify(7). */
export const EVENT = {
  modify: 0x2,
  attributes: 0x4,
  closeWrite: 0x8,
  movedFrom: 0x40,
  movedTo: 0x80,
  create: 0x100,
  delete: 0x200,
  deleteSelf: 0x400,
  moveSelf: 0x800,
  unmount: 0x2000,
  overflow: 0x4000,
  ignored: 0x8000,
  directory: 0x40000000
} as const
const ONLY_DIRECTORIES = 0x01000000
/** Not of files that have no name any more. */
const EXCLUDE_UNLINKED = 0x04000000
export const CAME = EVENT.create | EVENT.movedTo
const WENT = EVENT.delete | EVENT.movedFrom
const SELF = EVENT.deleteSelf | EVENT.moveSelf | EVENT.unmount
/** After these the bytes of a file may be others, whatever its times say. */
export const WRITTEN = EVENT.modify | EVENT.closeWrite | CAME
const MASK =
  WRITTEN | WENT | EVENT.attributes | EVENT.deleteSelf | EVENT.moveSelf | ONLY_DIRECTORIES | EXCLUDE_UNLINKED
/** struct inotify_event: watch, mask, cookie, length of the name that follows. */
const HEAD = 16
const BUFFER = 64 * 1024
/** Reads at one time; what is left waits in the kernel. */
const READS = 64

interface Watched {
  /** Of the directory, latin1, empty for the root. */
  readonly path: string
  /** Names that are wanted; undefined: all. */
  readonly only: Set<string> | undefined
}

/**
 * What the kernel says of directories: paths that something happened to since they were last taken, with what. Anything
 * that it can't say by a path (directories that come, go or move, a queue that was full) asks for a new look at everything.
 */
export class Notifier {
  /** Paths in latin1, with all events since. */
  #dirty = new Map<string, number>()
  /** Everything is to be looked at again. */
  lookAgain = false
  /** How often the kernel, or we, had no room for all events: what came and went meanwhile was not seen. */
  lost = 0
  /** Directories of the last look that nobody watches. */
  unwatched = 0
  readonly #calls: NotifyCalls | undefined
  readonly #queue: number
  readonly #watched = new Map<number, Watched>()
  #entered = new Set<number>()
  readonly #buffer = Buffer.allocUnsafe(BUFFER)

  constructor(calls: NotifyCalls | undefined) {
    let queue = -1
    try {
      queue = calls?.open() ?? -1
    } catch {
      // This user has as many as he may: we look again and again.
    }
    this.#calls = queue < 0 ? undefined : calls
    this.#queue = queue
  }

  get stirred(): boolean {
    return this.lookAgain || this.#dirty.size > 0
  }

  /** A look at everything begins: whatever is not entered in it is watched no longer. */
  begin(): void {
    this.lookAgain = false
    this.unwatched = 0
    this.#entered = new Set()
  }

  end(): void {
    for (const watch of this.#watched.keys()) if (!this.#entered.has(watch)) this.#forget(watch)
  }

  /** Watches a directory: all of it, or one name in it. */
  enter(real: Buffer, path: string, name?: string): void {
    if (this.#calls === undefined || this.#entered.size >= LIMITS.watches) {
      this.unwatched++
      return
    }
    try {
      const watch = this.#calls.watch(this.#queue, real, MASK)
      const before = this.#entered.has(watch) ? this.#watched.get(watch) : undefined
      const whole = name === undefined || (before !== undefined && before.only === undefined)
      this.#watched.set(watch, { path, only: whole ? undefined : new Set([...(before?.only ?? []), name]) })
      this.#entered.add(watch)
    } catch {
      // ENOSPC, or it has gone since.
      this.unwatched++
    }
  }

  /** Takes what the kernel holds. */
  drain(): void {
    if (this.#calls === undefined) return
    for (let reads = 0; reads < READS; reads++) {
      const length = this.#calls.read(this.#queue, this.#buffer)
      if (length <= 0) return
      for (let at = 0; at + HEAD <= length; ) {
        const end = at + HEAD + this.#buffer.readUInt32LE(at + 12)
        this.#take(this.#buffer.subarray(at, end))
        at = end
      }
    }
  }

  /** The paths that something happened to since the last time. */
  take(): Map<string, number> {
    const taken = this.#dirty
    this.#dirty = new Map()
    return taken
  }

  close(): void {
    this.#calls?.close(this.#queue)
  }

  #take(event: Buffer): void {
    const watch = event.readInt32LE(0)
    const mask = event.readUInt32LE(4)
    if (mask & EVENT.overflow) this.#lose()
    if (mask & EVENT.ignored) this.#watched.delete(watch)
    const watched = this.#watched.get(watch)
    if (watched === undefined) return
    if (mask & SELF) this.lookAgain = true
    const nul = event.indexOf(0, HEAD)
    const name = event.toString('latin1', HEAD, nul < 0 ? event.length : nul)
    if (name === '' || watched.only?.has(name) === false) return
    if (mask & EVENT.directory) {
      if (mask & (CAME | WENT)) this.lookAgain = true
      return
    }
    const path = `${watched.path}/${name}`
    this.#dirty.set(path, (this.#dirty.get(path) ?? 0) | mask)
    if (this.#dirty.size > LIMITS.standingEntries) this.#lose()
  }

  #lose(): void {
    this.#dirty.clear()
    this.lost++
    this.lookAgain = true
  }

  #forget(watch: number): void {
    this.#watched.delete(watch)
    this.#calls?.forget(this.#queue, watch)
  }
}
