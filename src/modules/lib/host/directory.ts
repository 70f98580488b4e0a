import type { EntryKind, Identity, Status } from './file-calls.ts'

/** An open directory: everything in it is named through its descriptor, so that a link that is swapped in leads nowhere (threats.md, T8). */
export interface Directory {
  /** Its path as the host knows it, without the root in front; empty for the root itself. */
  readonly path: Buffer
  /** What the calls below throw is what the system says. None follows a link. */
  look(name: Buffer): Status
  identify(): Identity
  into(name: Buffer): Directory
  /** Opens a regular file for reading and nothing else. */
  open(name: Buffer): OpenFile
  entries(): Entries
  /** A path by which it, or a thing in it, can be named to calls that take only paths. */
  real(name?: Buffer): Buffer
  close(): void
}

/** A regular file that is open for reading. */
export interface OpenFile {
  readonly status: Status
  /** Reads on; returns how many bytes, 0 at the end. */
  read(into: Buffer, length: number): number
  /** Reads from a place on, and leaves where it reads on as it is; returns how many bytes, 0 at the end. */
  readAt(into: Buffer, length: number, place: number): number
  identify(): Identity
  close(): void
}

/** What an open directory holds, one by one, in no order. */
export interface Entries {
  /** The same object again and again, good until the next call; undefined at the end. */
  next(): Entry | undefined
  close(): void
}

export interface Entry {
  readonly name: Buffer
  /** Undefined where the file system does not say. */
  readonly kind: EntryKind | undefined
}

/** How a host's tree is come at: opens the root itself, through a link if it is one. */
export type OpenRoot = (root: string) => Directory

const SLASH = Buffer.from('/')

/** The path of a thing in a directory as the host knows it. */
export const pathOf = (directory: Directory, name: Buffer): Buffer =>
  Buffer.concat([directory.path, SLASH, name])

/** Opens the directory that holds a path's last component, step by step, following nothing. */
export const openParent = (openRoot: OpenRoot, root: string, parts: readonly Buffer[]): Directory => {
  let directory = openRoot(root)
  for (const part of parts.slice(0, -1)) {
    const above = directory
    try {
      directory = above.into(part)
    } finally {
      above.close()
    }
  }
  return directory
}
