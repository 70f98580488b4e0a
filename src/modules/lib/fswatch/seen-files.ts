import { LIMITS } from '../../../limits.ts'
import type { Part, Remembered } from '../../spec.ts'
import { type EntryKind, kindOf, type Status } from '../host/file-calls.ts'

/** What is known of a thing that has a name. */
export interface Seen {
  readonly kind: EntryKind
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  /** Lower hex; undefined where it was not hashed. */
  readonly sha256?: string | undefined
}

export const seenOf = (status: Status, sha256?: string): Seen => ({
  kind: kindOf(status),
  mode: status.mode & 0o7777,
  uid: status.uid,
  gid: status.gid,
  size: status.size,
  mtimeMs: status.mtimeMs,
  ctimeMs: status.ctimeMs,
  sha256
})

/** Whether a look shows the same thing as before: who writes to a file can set its times, but not the one of its inode. */
export const isSame = (before: Seen, now: Seen): boolean =>
  before.kind === now.kind &&
  before.mode === now.mode &&
  before.uid === now.uid &&
  before.gid === now.gid &&
  before.size === now.size &&
  before.mtimeMs === now.mtimeMs &&
  before.ctimeMs === now.ctimeMs

/** Whether there is something else in it. Where one of them was not hashed, size and time decide. */
export const isOther = (before: Seen, now: Seen): boolean => {
  if (before.kind !== now.kind) return true
  if (before.sha256 !== undefined && now.sha256 !== undefined) return before.sha256 !== now.sha256
  if (now.kind !== 'file') return before.ctimeMs !== now.ctimeMs && before.mtimeMs !== now.mtimeMs
  return before.size !== now.size || before.mtimeMs !== now.mtimeMs
}

/** What an entry costs beside its path. */
const ENTRY_BYTES = 160

/** Everything that is watched, by path in latin1, with what of it has changed since the last part. */
export class SeenFiles {
  readonly #seen = new Map<string, Seen>()
  readonly #changed = new Set<string>()
  #bytes = 0

  constructor(remembered: readonly Remembered[] = []) {
    for (const [key, value] of remembered) {
      const seen = decode(Buffer.from(value).toString('latin1'))
      if (seen !== undefined) this.#put(Buffer.from(key).toString('latin1'), seen)
    }
  }

  get size(): number {
    return this.#seen.size
  }

  get(path: string): Seen | undefined {
    return this.#seen.get(path)
  }

  paths(): string[] {
    return [...this.#seen.keys()]
  }

  /** False where it would be one more, and there is no room for that. */
  hasRoom(path: string): boolean {
    if (this.#seen.has(path)) return true
    const bytes = this.#bytes + path.length + ENTRY_BYTES
    return this.#seen.size < LIMITS.standingEntries && bytes <= LIMITS.standingStateBytes
  }

  /** False where there is no room for it. */
  set(path: string, seen: Seen): boolean {
    if (!this.hasRoom(path)) return false
    this.#put(path, seen)
    this.#changed.add(path)
    return true
  }

  delete(path: string): void {
    if (!this.#seen.delete(path)) return
    this.#bytes -= path.length + ENTRY_BYTES
    this.#changed.add(path)
  }

  /** What to remember since the last time. */
  takeChanged(): Part['remember'] {
    const changed = [...this.#changed].map((path): readonly [Uint8Array, Uint8Array?] => {
      const seen = this.#seen.get(path)
      const key = bytes(path)
      return seen === undefined ? [key] : [key, bytes(encode(seen))]
    })
    this.#changed.clear()
    return changed
  }

  #put(path: string, seen: Seen): void {
    if (!this.#seen.has(path)) this.#bytes += path.length + ENTRY_BYTES
    this.#seen.set(path, seen)
  }
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

const encode = ({ kind, mode, uid, gid, size, mtimeMs, ctimeMs, sha256 = '-' }: Seen): string =>
  [kind, mode, uid, gid, size, mtimeMs, ctimeMs, sha256].join(' ')

const FORM = /^(file|link|other) (\d+) (\d+) (\d+) (\d+) (-?[\d.e+]+) (-?[\d.e+]+) (-|[0-9a-f]{64})$/

const decode = (text: string): Seen | undefined => {
  const form = FORM.exec(text)
  if (form === null) return undefined
  const [mode, uid, gid, size, mtimeMs, ctimeMs] = form.slice(2, 8).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number
  ]
  const sha256 = form[8] === '-' ? undefined : form[8]
  return { kind: form[1] as EntryKind, mode, uid, gid, size, mtimeMs, ctimeMs, sha256 }
}
