import type { Stats } from 'node:fs'
import { matchGlob } from './glob.ts'
import { algorithmOf, type HashFamily } from './hashes.ts'
import { modeText, type Names } from './names.ts'
import { compilePattern, type Pattern } from './regex.ts'
import type { Filter, Range, Search } from './search-params.ts'

/** What a check looks at that needs no reading. */
export interface Meta {
  readonly name: Buffer
  readonly status: Stats
}

interface Common {
  readonly filter: Filter
  /** As typed, for `any`: `name=^a`. */
  readonly label: string
  /** `!` and `mismatch` together: result = match XOR inverted. */
  readonly inverted: boolean
}

export type MetaCheck = Common & { readonly kind: 'meta'; test(meta: Meta): boolean }
export type ContentCheck = Common & {
  readonly kind: 'content'
  readonly pattern: Pattern
  readonly every: boolean
}
export type BytesCheck = Common & { readonly kind: 'bytes'; readonly wanted: Buffer }
export type HashCheck = Common & { readonly kind: 'hash'; readonly algorithm: string; readonly hex: string }
export type Check = MetaCheck | ContentCheck | BytesCheck | HashCheck

export interface CompiledSearch {
  readonly search: Search
  readonly starts: readonly Buffer[]
  readonly meta: readonly MetaCheck[]
  /** Checks that read the file. */
  readonly deep: readonly (ContentCheck | BytesCheck | HashCheck)[]
  excludes(path: Buffer): boolean
}

const within = ({ from, to }: Range, value: number): boolean =>
  (from === undefined || value >= from) && (to === undefined || value <= to)

const says = ({ from, to }: Range): string => `${from ?? ''}..${to ?? ''}`

/** Compiles one search to checks. Throws `bad-params`. */
export const compileSearch = (search: Search, names: Names): CompiledSearch => {
  const inverted = (filter: Filter) => search.mismatch?.includes(filter) ?? false
  const meta = <T>(
    filter: Filter,
    values: readonly T[] | undefined,
    label: (value: T) => string,
    test: (value: T, meta: Meta) => boolean
  ): MetaCheck[] =>
    (values ?? []).map(value => ({
      kind: 'meta',
      filter,
      label: `${filter}=${label(value)}`,
      inverted: inverted(filter),
      test: entry => test(value, entry)
    }))
  const expressions = (
    filter: 'name' | 'mode',
    values: readonly string[] | undefined,
    text: (meta: Meta) => Uint8Array
  ): MetaCheck[] =>
    (values ?? []).map(value => {
      const not = value.startsWith('!')
      const pattern = compilePattern(not ? value.slice(1) : value, filter)
      return {
        kind: 'meta',
        filter,
        label: `${filter}=${value}`,
        inverted: inverted(filter) !== not,
        test: entry => pattern.test(text(entry))
      }
    })
  const exact = (text: string) => text
  const digests = (family: HashFamily): HashCheck[] =>
    (search[family] ?? []).map(hex => ({
      kind: 'hash',
      filter: family,
      label: `${family}=${hex}`,
      inverted: inverted(family),
      algorithm: algorithmOf(family, hex)!,
      hex
    }))
  return {
    search,
    starts: search.paths.map(path => trimmed(path)),
    meta: [
      ...expressions('name', search.names, ({ name }) => name),
      ...meta('glob', search.globs, exact, (glob, { name }) => matchGlob(glob, name.toString('latin1'))),
      ...expressions('mode', search.modes, ({ status }) => Buffer.from(modeText(status.mode))),
      ...meta('size', search.sizes, says, (range, { status }) => within(range, status.size)),
      ...meta('mtime', search.mtimes, says, (range, { status }) => within(range, status.mtimeMs)),
      ...meta('ctime', search.ctimes, says, (range, { status }) => within(range, status.ctimeMs)),
      ...meta(
        'owner',
        search.owners,
        exact,
        (owner, { status }) => owner === String(status.uid) || owner === names.user(status.uid)
      ),
      ...meta(
        'group',
        search.groups,
        exact,
        (group, { status }) => group === String(status.gid) || group === names.group(status.gid)
      ),
      ...meta('setuid', search.setuid ? [true] : [], String, (_, { status }) => (status.mode & 0o6000) !== 0)
    ],
    deep: [
      ...(search.contents ?? []).map((value): ContentCheck => {
        const not = value.startsWith('!')
        const pattern = compilePattern(not ? value.slice(1) : value, 'content')
        return {
          kind: 'content',
          filter: 'content',
          label: `content=${value}`,
          inverted: inverted('content') !== not,
          pattern,
          every: search.everyLine === true
        }
      }),
      ...(search.bytes ?? []).map(
        (hex): BytesCheck => ({
          kind: 'bytes',
          filter: 'bytes',
          label: `bytes=${hex}`,
          inverted: inverted('bytes'),
          wanted: Buffer.from(hex, 'hex')
        })
      ),
      ...(['md5', 'sha1', 'sha2', 'sha3'] as const).flatMap(digests)
    ],
    excludes: path => (search.exclude ?? []).some(glob => matchGlob(glob, path.toString('latin1')))
  }
}

/** A start without trailing slashes; the root is empty. */
const trimmed = (path: string): Buffer => Buffer.from(path.replace(/\/+/g, '/').replace(/\/$/, ''))

/** How deep a path lies below one of a search's starts (1: in the start itself), or undefined where it lies below none: by components, not by prefix. */
export const depthBelow = (starts: readonly Buffer[], path: Buffer): number | undefined => {
  const depths = starts.flatMap(start => {
    if (path.equals(start)) return [1]
    if (path[start.length] !== 0x2f || !path.subarray(0, start.length).equals(start)) return []
    return [path.subarray(start.length + 1).reduce((slashes, byte) => slashes + (byte === 0x2f ? 1 : 0), 1)]
  })
  return depths.length > 0 ? Math.min(...depths) : undefined
}
