import { codeOf, type ErrorCode } from '../../../errors.ts'
import { type Directory, type OpenFile, pathOf } from './directory.ts'
import type { Status } from './file-calls.ts'

/** A regular file that some scopes want to know about. It is named through its directory's descriptor: good until the walk goes on. */
export class WalkedFile {
  readonly name: Buffer
  /** Numbers of the scopes that it lies in. */
  readonly scopes: readonly number[]
  /** The device of its directory; -1 where that says nothing. */
  readonly device: number
  readonly #link: Buffer | undefined
  readonly #directory: Directory
  readonly #file: Buffer
  #status: Status | undefined

  constructor(
    place: { directory: Directory; device: number; name: Buffer },
    scopes: readonly number[],
    link: { path: Buffer; name: Buffer } | undefined,
    status: Status | undefined
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

  /**
   * A path that leads to the file system that it lies on, for calls that take only paths: its directory's, unless it is
   * mounted by itself. By its own name it may be a link meanwhile, and what that leads to would be said of this one.
   */
  get real(): Buffer {
    const isMounted = this.#directory.identify().dev !== this.status.dev
    return isMounted ? this.#directory.real(this.#file) : this.#directory.real()
  }

  /** Opens it for reading, and never what was put in its place. Throws what the system throws, and `unreadable`. */
  open(): OpenFile {
    const file = this.#directory.open(this.#file)
    this.#status ??= file.status
    return file
  }

  /** Throws what the system throws. */
  get status(): Status {
    this.#status ??= this.#directory.look(this.#file)
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

  /** Takes over what another one has counted. */
  add({ seen, unreadable, skipped, errors }: WalkCount): void {
    this.seen += seen
    this.unreadable += unreadable
    this.skipped += skipped
    for (const [code, times] of errors) this.errors.set(code, (this.errors.get(code) ?? 0) + times)
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
