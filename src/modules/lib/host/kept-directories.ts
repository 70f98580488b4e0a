import { type Directory, type OpenRoot, openParent } from './directory.ts'
import { kindOf } from './file-calls.ts'
import type { Boundary } from './filesystems.ts'
import { joined } from './root.ts'
import { locate, Refused } from './starts.ts'

/** Open directories at one time; a question goes through one after the other, and seldom back. */
const MOST = 16

interface Kept {
  readonly directory: Directory
  /** Its path with all links resolved, in latin1; empty for the root. */
  readonly real: string
}

/** Where a path leads, its last link resolved too: a name in an open directory, or the root itself. */
export interface Found extends Kept {
  readonly name: Buffer | undefined
}

/**
 * Directories that a question has come through stay open for what it asks next of them, until the event loop turns: the
 * files of one directory are come at one by one, and the way to each is as long as the way to the first. What a name leads
 * to is looked at through the open directory, and followed only inside the root (threats.md, T8).
 */
export class KeptDirectories {
  readonly #root: string
  readonly #openRoot: OpenRoot
  readonly #boundary: Boundary
  readonly #kept = new Map<string, Kept>()
  #willClose = false

  constructor(root: string, openRoot: OpenRoot, boundary: Boundary) {
    this.#root = root
    this.#openRoot = openRoot
    this.#boundary = boundary
  }

  /** Good until the next call. Throws `Refused`, and what the system throws. */
  find(path: string): Found {
    try {
      return this.#find(path)
    } catch (error) {
      // A directory may let us through and not be opened: what is not in it is not there all the same.
      if (isDenied(error)) this.#locate(path)
      throw error
    }
  }

  /** A path with all links resolved, in latin1. Throws as above. */
  resolve(path: string): string {
    try {
      const { real, name } = this.#find(path)
      return name === undefined ? real : `${real}/${name.toString('latin1')}`
    } catch (error) {
      if (!isDenied(error)) throw error
      return joined(this.#locate(path)).toString('latin1')
    }
  }

  #find(path: string): Found {
    const cut = path.lastIndexOf('/')
    const name = path.slice(cut + 1)
    if (cut < 0 || name === '' || name === '.' || name === '..') return this.#follow(path)
    const above = this.directory(path.slice(0, cut))
    const kind = this.#boundary.refused(`${above.real}/${name}`)
    if (kind !== undefined) throw new Refused(kind)
    const bytes = Buffer.from(name, 'latin1')
    const isLink = kindOf(above.directory.look(bytes)) === 'link'
    return isLink ? this.#follow(path) : { directory: above.directory, real: above.real, name: bytes }
  }

  /** A directory by any of its names; ours to close. Throws as above. */
  directory(path: string): Kept {
    return this.#kept.get(path) ?? this.#keep(path, this.#locate(path))
  }

  /** Where a path leads, by way of a link in its last place, or a name that is none. */
  #follow(path: string): Found {
    const parts = this.#locate(path)
    const name = parts.at(-1)
    const above = parts.slice(0, -1)
    const real = joined(above).toString('latin1')
    return { ...(this.#kept.get(real) ?? this.#keep(real, above)), name }
  }

  #locate(path: string): Buffer[] {
    return locate(this.#root, Buffer.from(path, 'latin1'), this.#boundary)
  }

  #keep(path: string, parts: readonly Buffer[]): Kept {
    if (this.#kept.size >= MOST) this.#closeAll()
    const last = parts.at(-1)
    const above =
      last === undefined ? this.#openRoot(this.#root) : openParent(this.#openRoot, this.#root, parts)
    const kept = {
      directory: last === undefined ? above : into(above, last),
      real: joined(parts).toString('latin1')
    }
    this.#kept.set(path, kept)
    if (!this.#willClose) setImmediate(() => this.#closeAll())
    this.#willClose = true
    return kept
  }

  #closeAll(): void {
    this.#willClose = false
    for (const { directory } of this.#kept.values()) directory.close()
    this.#kept.clear()
  }
}

const isDenied = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EACCES'

const into = (above: Directory, name: Buffer): Directory => {
  try {
    return above.into(name)
  } finally {
    above.close()
  }
}
