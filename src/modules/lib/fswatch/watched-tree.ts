import { createHash } from 'node:crypto'
import { systemClock } from '../../../clock.ts'
import type { ErrorCode } from '../../../errors.ts'
import type { Host, Row } from '../../spec.ts'
import { byDescriptor } from '../host/by-descriptor.ts'
import { byPath } from '../host/by-path.ts'
import { type Directory, type OpenFile, type OpenRoot, openParent } from '../host/directory.ts'
import { isFile, kindOf, type Status } from '../host/file-calls.ts'
import { Boundary, type FileSystemKind } from '../host/filesystems.ts'
import { modeText } from '../host/mode.ts'
import { chunksOf, type ReadBudget } from '../host/read.ts'
import { locate } from '../host/starts.ts'
import { Walk } from '../host/walk.ts'
import type { WalkCount, WalkedFile } from '../host/walked.ts'
import type { Breath } from './breath.ts'
import { type Change, type FswatchParams, filtersOf, namesPaths } from './fswatch-params.ts'
import { CAME, type Notifier, WRITTEN } from './notifier.ts'
import { isOther, isSame, type Seen, type SeenFiles, seenOf } from './seen-files.ts'

/** Takes a row; what has no room is counted by whoever takes it. */
export type Tell = (row: Row) => void

/** File systems keep times in steps of some ms: what was changed within them of a look may change once more unseen. */
const STEP_MS = 20
/** Chunks of a file between two breaths. */
const CHUNKS = 32

const latin1 = (bytes: Buffer): string => bytes.toString('latin1')

/** The things that are watched, compared with what is there: each difference is told once. */
export class WatchedTree {
  /** Of the last look at everything. */
  count: WalkCount | undefined
  limit: ErrorCode | undefined
  /** A path that was asked for is not there (yet). */
  missing = false
  readonly #params: FswatchParams
  readonly #host: Host
  readonly #seen: SeenFiles
  readonly #notifier: Notifier
  readonly #breath: Breath
  readonly #openRoot: OpenRoot
  readonly #filters: ReturnType<typeof filtersOf>
  readonly #what: ReadonlySet<Change>
  readonly #kinds: ReadonlySet<FileSystemKind>
  readonly #budget: ReadBudget

  constructor(params: FswatchParams, host: Host, seen: SeenFiles, notifier: Notifier, breath: Breath) {
    this.#params = params
    this.#host = host
    this.#seen = seen
    this.#notifier = notifier
    this.#breath = breath
    this.#openRoot = host.files === undefined ? byPath : byDescriptor(host.files)
    this.#filters = filtersOf(params)
    this.#what = new Set(params.what)
    this.#kinds = new Set(params.remote ? ['network' as const] : [])
    this.#budget = { left: host.limits.readBytes }
  }

  /** Looks at everything, and has the kernel watch its directories. Nothing is told of the first look. */
  async lookAll(tell: Tell | undefined): Promise<void> {
    const { walk, scopes } = this.walk()
    const there = new Set<string>()
    this.#notifier.begin()
    for (const file of walk.files()) {
      // Whoever ends it before the first look is over has nothing to be told.
      if (tell === undefined && this.#host.signal.aborted) break
      if (file === undefined) await this.#breath.take()
      else await this.#lookAt(file, walk, there, tell)
    }
    this.#notifier.end()
    const boundary = new Boundary(this.#host.root, this.#kinds)
    this.missing = scopes.some(({ paths }) => paths.some(path => !this.#isThere(path, boundary)))
    // A directory that could not be read, or a budget that ended, is no reason to call anything removed.
    for (const path of this.#seen.paths()) if (!there.has(path)) await this.look(path, 0, tell, walk.count)
    this.count = walk.count
    this.limit = walk.limit
  }

  /** The files of one look, for a question that does not stand. */
  walk() {
    const { flat, recursive } = this.#params
    const { excludes } = this.#filters
    const more = excludes && { excludes }
    const buffers = (paths: readonly string[]) => paths.map(path => Buffer.from(path))
    const scopes = [
      ...(flat ? [{ paths: buffers(flat), maxDepth: 1, ...more }] : []),
      ...(recursive ? [{ paths: buffers(recursive), ...more }] : [])
    ]
    const { root, limits } = this.#host
    const walk = new Walk(
      {
        ...{ root, openRoot: this.#openRoot, entries: limits.entries, kinds: this.#kinds },
        crossDevices: true,
        everything: true,
        named: namesPaths(this.#params),
        entered: directory => this.#notifier.enter(directory.real(), latin1(directory.path))
      },
      scopes
    )
    return { walk, scopes }
  }

  isWanted(file: WalkedFile): boolean {
    return this.#filters.isNamed(file.name)
  }

  /** Looks again at one path to which these events happened. */
  async look(path: string, events: number, tell: Tell | undefined, count = this.count): Promise<void> {
    const bytes = Buffer.from(path, 'latin1')
    const parts = latin1(bytes)
      .split('/')
      .slice(1)
      .map(part => Buffer.from(part, 'latin1'))
    const name = parts.at(-1)!
    if (!this.#filters.isNamed(name) || this.#filters.excludes?.(bytes)) return
    let above: Directory | undefined
    try {
      above = openParent(this.#openRoot, this.#host.root, parts)
      const status = above.look(name)
      if (kindOf(status) === 'directory') this.#gone(path, 0, tell)
      else await this.#compare(path, status, () => above!.open(name), (events & WRITTEN) !== 0, tell)
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) this.#gone(path, events, tell)
      else count?.missed(error)
    } finally {
      above?.close()
    }
  }

  #isThere(path: Buffer, boundary: Boundary): boolean {
    try {
      locate(this.#host.root, path, boundary)
      return true
    } catch {
      return false
    }
  }

  async #lookAt(file: WalkedFile, walk: Walk, there: Set<string>, tell: Tell | undefined): Promise<void> {
    if (!this.isWanted(file)) return
    try {
      const path = latin1(file.path)
      // A path that is itself a file: its directory is not walked.
      if (file.device === -1)
        this.#notifier.enter(file.real, path.slice(0, path.lastIndexOf('/')), latin1(file.name))
      const { status } = file
      if (isFile(status) && file.device !== -1 && walk.refuses(file)) return
      there.add(path)
      await this.#compare(path, status, () => file.open(), false, tell, walk.count)
    } catch (error) {
      walk.count.missed(error)
    }
  }

  async #compare(
    path: string,
    status: Status,
    open: () => OpenFile,
    written: boolean,
    tell: Tell | undefined,
    count = this.count
  ): Promise<void> {
    const before = this.#seen.get(path)
    const looked = seenOf(status)
    if (before !== undefined && !written && isSame(before, looked)) return
    if (!this.#seen.hasRoom(path)) {
      count?.skip('limit-entries')
      return
    }
    const isHashed = isFile(status) && status.size <= this.#params.hashBytes
    const sha256 = isHashed ? await this.#digest(open, count) : undefined
    const fresh = systemClock.now() - status.ctimeMs < STEP_MS
    // A time that never comes: the next look at everything reads it again.
    const now: Seen = { ...looked, sha256, ...(fresh && { ctimeMs: -1 }) }
    this.#seen.set(path, now)
    if (tell !== undefined)
      for (const change of changesOf(before, now)) this.#tell(change, path, now, before, tell)
  }

  #gone(path: string, events: number, tell: Tell | undefined): void {
    const before = this.#seen.get(path)
    if (before !== undefined) {
      this.#seen.delete(path)
      if (tell !== undefined) this.#tell('removed', path, undefined, before, tell)
    } else if (events & CAME && tell !== undefined) this.#tell('transient', path, undefined, undefined, tell)
  }

  #tell(change: Change, path: string, now: Seen | undefined, before: Seen | undefined, tell: Tell): void {
    if (this.#what.has(change)) tell(rowOf(change, path, now, before))
  }

  /** The digest of what can be read of a file; of one that grows, as far as it reached. */
  async #digest(open: () => OpenFile, count: WalkCount | undefined): Promise<string | undefined> {
    let file: OpenFile | undefined
    try {
      file = open()
      if (file.status.size > this.#params.hashBytes) return undefined
      const hash = createHash('sha256')
      let chunks = 0
      for (const chunk of chunksOf(file, this.#budget)) {
        hash.update(chunk)
        if (++chunks % CHUNKS === 0) await this.#breath.take()
      }
      return hash.digest('hex')
    } catch (error) {
      count?.missed(error)
      return undefined
    } finally {
      file?.close()
    }
  }
}

const changesOf = (before: Seen | undefined, now: Seen): Change[] => {
  if (before === undefined) return ['created']
  return [
    ...(isOther(before, now) ? (['changed'] as const) : []),
    ...(before.mode !== now.mode && before.kind === now.kind ? (['mode'] as const) : []),
    ...(before.uid !== now.uid || before.gid !== now.gid ? (['owner'] as const) : [])
  ]
}

const ownerOf = ({ uid, gid }: Seen): string => `${uid}:${gid}`

/** A row about a thing as it is, or as it was. */
export const rowOf = (
  change: Change | 'present',
  path: string,
  now: Seen | undefined,
  before: Seen | undefined
): Row => {
  const seen = now ?? before
  const was = now === undefined ? undefined : before
  return {
    change,
    path: new Uint8Array(Buffer.from(path, 'latin1')),
    when: Math.floor(systemClock.now()),
    ...(seen && {
      kind: seen.kind,
      size: seen.size,
      mode: modeText(seen.mode),
      owner: ownerOf(seen),
      mtime: Math.floor(seen.mtimeMs),
      ...(seen.sha256 && { sha256: seen.sha256 })
    }),
    ...(change === 'mode' && was && { 'mode-before': modeText(was.mode) }),
    ...(change === 'owner' && was && { 'owner-before': ownerOf(was) }),
    ...(change === 'changed' && was?.sha256 && { 'sha256-before': was.sha256 })
  }
}
