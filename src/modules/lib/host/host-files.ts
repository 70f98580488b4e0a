import { readlinkSync } from 'node:fs'
import { GumshoeError } from '../../../errors.ts'
import type { Host } from '../../spec.ts'
import { Digests } from '../match/hashes.ts'
import { CHUNK_BYTES } from '../match/kernel.ts'
import { byDescriptor } from './by-descriptor.ts'
import { byPath } from './by-path.ts'
import type { Directory, OpenFile, OpenRoot } from './directory.ts'
import { kindOf, type Status } from './file-calls.ts'
import { Boundary } from './filesystems.ts'
import { KeptDirectories } from './kept-directories.ts'
import { chunksOf, type ReadBudget, readBriefly, readWhole } from './read.ts'
import { Refused } from './starts.ts'
import { WalkCount } from './walked.ts'

/** More than any configuration or database of names has; what comes after is told as not seen. */
const MOST = 64 << 20

/** What is larger is hashed no further: programs have less. */
const MOST_HASHED = 256 << 20
/** What a file of configuration may have; what comes after is told as not seen. */
export const TEXT_MOST = 2 << 20
const NOTHING = Buffer.alloc(0)
const ALGORITHMS = ['sha256', 'sha1', 'md5']

/** A regular file as it was when it was read. */
export interface Examined {
  readonly status: Status
  /** Lower hex by algorithm: sha256, sha1 and md5; none of a file that is too large. */
  readonly digests: ReadonlyMap<string, string>
}

/**
 * Known files of a host, read whole through its root: links resolve inside it, nothing but regular files is opened, and
 * what could not be read is counted (threats.md, T8 and T10). What is not there is a plain "no".
 */
export class HostFiles {
  readonly count = new WalkCount()
  readonly openRoot: OpenRoot
  readonly budget: ReadBudget
  readonly #root: string
  readonly #places: KeptDirectories
  readonly #most: number

  constructor({ root, files, limits }: Host) {
    this.#root = root
    this.openRoot = files === undefined ? byPath : byDescriptor(files)
    this.budget = { left: limits.readBytes }
    this.#places = new KeptDirectories(root, this.openRoot, new Boundary(root, new Set()))
    this.#most = limits.entries
  }

  /** All bytes of a file, or the first `most`, which is counted as skipped; undefined where there is none to read. */
  read(path: string | Buffer, most = MOST): Buffer | undefined {
    return this.#open(path, file => {
      if (file.status.size > most) this.count.skip('too-large')
      return this.#bytes(file, most)
    })
  }

  /** The first bytes of a file, where more of it are of no use. */
  readFirst(path: string | Buffer, most: number): Buffer | undefined {
    return this.#open(path, file => this.#bytes(file, most))
  }

  /** Looks at a file that tells its size, all of it as `read` does; the bytes are gone after `use`. */
  glance<T>(path: string | Buffer, use: (bytes: Buffer) => T): T | undefined {
    return this.#open(path, file => {
      if (file.status.size > MOST) this.count.skip('too-large')
      return use(readBriefly(file, MOST, this.budget))
    })
  }

  /** A file with its digests, and the first `most` bytes of it as latin1. */
  examine(path: string | Buffer, most: number): (Examined & { readonly text: string }) | undefined {
    return this.#open(path, file => {
      const { status } = file
      if (status.size > MOST_HASHED) {
        this.count.skip('too-large')
        return { status, text: this.#bytes(file, most).toString('latin1'), digests: new Map() }
      }
      const isSmall = status.size > 0 && status.size <= CHUNK_BYTES
      const digests = new Digests()
      digests.update(ALGORITHMS, NOTHING)
      let text = ''
      for (const chunk of isSmall
        ? [readBriefly(file, status.size, this.budget)]
        : chunksOf(file, this.budget)) {
        digests.update(ALGORITHMS, chunk)
        if (text.length < most) text += chunk.toString('latin1', 0, most - text.length)
      }
      return { status, text, digests: digests.finish() }
    })
  }

  /** What a link says, unresolved; undefined where there is no link. */
  linkOf(directory: string, name: Buffer): Buffer | undefined {
    return this.#quietly(() => {
      const inside = this.#places.directory(directory).directory
      if (kindOf(inside.look(name)) !== 'link') return undefined
      return readlinkSync(inside.real(name), { encoding: 'buffer' })
    })
  }

  #bytes(file: OpenFile, most: number): Buffer {
    if (file.status.size > 0) return readWhole(file, most, this.budget)
    const chunks: Buffer[] = []
    let length = 0
    for (const chunk of chunksOf(file, this.budget)) {
      chunks.push(Buffer.from(chunk.subarray(0, most - length)))
      length += chunk.length
      if (length >= most) break
    }
    return Buffer.concat(chunks)
  }

  /** The lines of a file as latin1, which keeps every byte as it is; none where there is no file. */
  lines(path: string | Buffer): string[] {
    const text = this.read(path)?.toString('latin1')
    if (!text) return []
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    return lines
  }

  /** Names in a directory, sorted by their bytes; empty where there is none. */
  list(path: string | Buffer): Buffer[] {
    const names = this.#in(path, (above, name) => {
      const directory = name === undefined ? above : above.into(name)
      try {
        return this.#namesIn(directory)
      } finally {
        if (directory !== above) directory.close()
      }
    })
    return (names ?? []).sort(Buffer.compare)
  }

  /** What is at a path, its own links resolved; undefined where nothing is. */
  look(path: string | Buffer): Status | undefined {
    return this.#in(path, (above, name) => (name === undefined ? undefined : above.look(name)))
  }

  /** Whether there is a directory. */
  isDirectory(path: string | Buffer): boolean {
    const status = this.look(path)
    return status !== undefined && kindOf(status) === 'directory'
  }

  /** Where a path leads inside the root, links resolved; undefined where it leads nowhere. */
  resolve(path: string | Buffer): Buffer | undefined {
    return this.#quietly(() => Buffer.from(this.#places.resolve(latin1(path)), 'latin1'))
  }

  /** Those of some paths that lead somewhere, each place once. */
  each(paths: readonly string[]): string[] {
    const places = new Set<string>()
    return paths.filter(path => {
      const place = this.resolve(path)?.toString('latin1')
      if (place === undefined || places.has(place)) return false
      places.add(place)
      return true
    })
  }

  /** A directory to look into again and again; whoever asks for it closes it. Undefined where there is none. */
  directory(path: string | Buffer): Directory | undefined {
    return this.#in(path, (above, name) =>
      name === undefined ? this.openRoot(this.#root) : above.into(name)
    )
  }

  /** What the link at a path says, as it stands there; undefined where no link is. */
  linkAt(path: string): Buffer | undefined {
    const cut = path.lastIndexOf('/')
    const above = this.resolve(path.slice(0, cut))
    if (above === undefined) return undefined
    const front = Buffer.from(this.#root === '/' ? '' : this.#root)
    const name = Buffer.from(path.slice(cut), 'latin1')
    try {
      return readlinkSync(Buffer.concat([front, above, name]), { encoding: 'buffer' })
    } catch {
      return undefined
    }
  }

  /**
   * Opens a file to be read piece by piece, and closes it when `use` has ended; undefined where there is none to read.
   * Throws what `use` throws.
   */
  async reading<T>(path: string | Buffer, use: (file: OpenFile) => Promise<T>): Promise<T | undefined> {
    const file = this.#in(path, (above, name) => {
      if (name === undefined) throw new GumshoeError('unreadable', 'The root is no file.')
      return above.open(name)
    })
    if (file === undefined) return undefined
    try {
      return await use(file)
    } finally {
      file.close()
    }
  }

  #namesIn(directory: Directory): Buffer[] {
    const entries = directory.entries()
    const names: Buffer[] = []
    try {
      for (let entry = entries.next(); entry !== undefined; entry = entries.next()) {
        if (names.length >= this.#most) {
          this.count.skip('limit-entries')
          break
        }
        names.push(Buffer.from(entry.name))
      }
    } finally {
      entries.close()
    }
    return names
  }

  #open<T>(path: string | Buffer, use: (file: OpenFile) => T): T | undefined {
    return this.#in(path, (above, name) => {
      if (name === undefined) throw new GumshoeError('unreadable', 'The root is no file.')
      const file = above.open(name)
      try {
        return use(file)
      } finally {
        file.close()
      }
    })
  }

  #in<T>(path: string | Buffer, use: (above: Directory, name: Buffer | undefined) => T): T | undefined {
    return this.#quietly(() => {
      const { directory, name } = this.#places.find(latin1(path))
      return use(directory, name)
    })
  }

  /** Counts what could not be looked at; nothing that a question is about lies in the kernel's own trees. */
  #quietly<T>(look: () => T): T | undefined {
    try {
      return look()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
      if (code === 'limit-bytes') throw error
      if (!(error instanceof Refused)) this.count.missed(error)
      else if (error.kind !== 'pseudo') this.count.skip(error.kind)
      return undefined
    }
  }
}

/** Strings are latin1: the bytes of a host as they are. */
const latin1 = (path: string | Buffer): string => (typeof path === 'string' ? path : path.toString('latin1'))
