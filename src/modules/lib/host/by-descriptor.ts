import { readSync } from 'node:fs'
import {
  type Directory,
  type Entries,
  type Entry,
  type OpenFile,
  type OpenRoot,
  pathOf
} from './directory.ts'
import type { EntryKind, FileCalls, Identity, Status } from './file-calls.ts'
import { DIRECTORY, FILE, NO_TRACE, onlyFile, ROOT } from './open-flags.ts'

/** Directories by the calls that name a thing in an open directory: one short resolution each, and no /proc. */
export const byDescriptor =
  (calls: FileCalls): OpenRoot =>
  root => {
    const name = Buffer.from(root)
    return new Opened(calls, calls.open(-1, name, ROOT | NO_TRACE), Buffer.alloc(0))
  }

class Opened implements Directory {
  readonly path: Buffer
  readonly #calls: FileCalls
  readonly #fd: number

  constructor(calls: FileCalls, fd: number, path: Buffer) {
    this.#calls = calls
    this.#fd = fd
    this.path = path
  }

  look(name: Buffer): Status {
    return this.#calls.look(this.#fd, name)
  }

  identify(): Identity {
    return this.#calls.identify(this.#fd)
  }

  into(name: Buffer): Directory {
    return new Opened(this.#calls, this.#open(name, DIRECTORY), pathOf(this, name))
  }

  open(name: Buffer): OpenFile {
    const fd = this.#open(name, FILE)
    try {
      return new File(this.#calls, fd, onlyFile(this.#calls.lookAt(fd)))
    } catch (error) {
      this.#calls.close(fd)
      throw error
    }
  }

  entries(): Entries {
    return new Listed(this.#calls, this.#fd)
  }

  real(name: Buffer = Buffer.alloc(0)): Buffer {
    return Buffer.concat([Buffer.from(`/proc/self/fd/${this.#fd}/`), name])
  }

  close(): void {
    this.#calls.close(this.#fd)
  }

  #open(name: Buffer, flags: number): number {
    return this.#calls.open(this.#fd, name, flags | NO_TRACE)
  }
}

class File implements OpenFile {
  readonly status: Status
  readonly #calls: FileCalls
  readonly #fd: number

  constructor(calls: FileCalls, fd: number, status: Status) {
    this.#calls = calls
    this.#fd = fd
    this.status = status
  }

  read(into: Buffer, length: number): number {
    return this.#calls.read(this.#fd, into, length)
  }

  readAt(into: Buffer, length: number, place: number): number {
    return readSync(this.#fd, into, 0, length, place)
  }

  identify(): Identity {
    return this.#calls.identify(this.#fd)
  }

  close(): void {
    this.#calls.close(this.#fd)
  }
}

/** What a C library asks for at once. */
const BATCH = 32 * 1024
const DOT = 0x2e
/** Where a linux_dirent64 has its length, type and name. */
const LENGTH = 16
const TYPE = 18
const NAME = 19
const ALIGNED = 8
/** DT_ of dirent.h; 0 is "does not say". */
const KINDS: readonly (EntryKind | undefined)[] = Array.from({ length: 256 }, (_, type) =>
  type === 8 ? 'file' : type === 4 ? 'directory' : type === 10 ? 'link' : type === 0 ? undefined : 'other'
)

/** Buffers of directories that were left, for those that are entered next. */
const spare: Buffer[] = []

class Listed implements Entries {
  readonly #calls: FileCalls
  readonly #fd: number
  readonly #batch = spare.pop() ?? Buffer.allocUnsafeSlow(BATCH)
  readonly #entry: { name: Buffer; kind: EntryKind | undefined } = { name: Buffer.alloc(0), kind: undefined }
  #at = 0
  #end = 0

  constructor(calls: FileCalls, fd: number) {
    this.#calls = calls
    this.#fd = fd
  }

  next(): Entry | undefined {
    const batch = this.#batch
    for (;;) {
      if (this.#at >= this.#end) {
        this.#at = 0
        this.#end = this.#calls.list(this.#fd, batch)
        if (this.#end === 0) return undefined
      }
      const at = this.#at
      this.#at += batch[at + LENGTH]! | (batch[at + LENGTH + 1]! << 8)
      const name = at + NAME
      if (
        batch[name] === DOT &&
        (batch[name + 1] === 0 || (batch[name + 1] === DOT && batch[name + 2] === 0))
      )
        continue
      // A name ends at its first NUL; what comes between that and the next entry, up to seven bytes, is not said.
      let end = Math.max(name, this.#at - ALIGNED)
      while (batch[end] !== 0) end++
      this.#entry.name = batch.subarray(name, end)
      this.#entry.kind = KINDS[batch[at + TYPE]!]
      return this.#entry
    }
  }

  close(): void {
    spare.push(this.#batch)
  }
}
