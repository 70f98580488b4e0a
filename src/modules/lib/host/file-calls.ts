/**
 * Calls of the operating system that Node does not have: each names a thing in an open directory, so that no path is
 * resolved twice and none can be swapped on the way. Whoever runs a module hands them to it (src/run/file-calls.ts); they
 * throw what node:fs throws, with the same codes.
 */
export interface FileCalls {
  /**
   * Opens a thing in the directory `at`; an absolute name needs none. With O_NOATIME among the flags, without it where the
   * system does not allow it. Closed where this process executes another program.
   */
  open(at: number, name: Buffer, flags: number): number
  /** Looks at a thing in the directory `at` and follows no link. */
  look(at: number, name: Buffer): Status
  /** Looks at what is open. */
  lookAt(fd: number): Status
  /** Which thing of its machine is open. */
  identify(fd: number): Identity
  /** The next entries of an open directory, as linux_dirent64 of getdents64(2); returns how many bytes, 0 at the end. */
  list(fd: number, into: Buffer): number
  /** Reads on; returns how many bytes, 0 at the end. */
  read(fd: number, into: Buffer, length: number): number
  close(fd: number): void
}

/** What one look tells of a thing. Node's Stats are one. */
export interface Status {
  readonly mode: number
  readonly size: number
  readonly uid: number
  readonly gid: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly dev: number
}

/** What no two things of a machine share at one time. Inodes have 64 bits: as numbers, neighbours of some file systems would be one. */
export interface Identity {
  readonly dev: number
  readonly ino: bigint
}

/** Of what kind an entry of a directory is. */
export type EntryKind = 'file' | 'directory' | 'link' | 'other'

const FORMAT = 0o170000
const KINDS: ReadonlyMap<number, EntryKind> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link']
])

export const kindOf = ({ mode }: Status): EntryKind => KINDS.get(mode & FORMAT) ?? 'other'

export const isFile = ({ mode }: Status): boolean => (mode & FORMAT) === 0o100000
