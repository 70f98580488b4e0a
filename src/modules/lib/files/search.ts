import type { Accounts } from '../host/accounts.ts'
import type { Status } from '../host/file-calls.ts'
import { goModeText, modeText } from '../host/mode.ts'
import { compileGlob } from '../match/glob.ts'
import { algorithmOf, type HashFamily } from '../match/hashes.ts'
import { compilePattern, type Pattern } from '../match/regex.ts'
import type { Filter, Range, Search } from './search-params.ts'

interface Common {
  readonly filter: Filter
  /** As typed, for `any`: `name=^a`. */
  readonly label: string
  /** `!` and `mismatch` together: result = match XOR inverted. */
  readonly inverted: boolean
}

export type NameCheck = Common & { readonly kind: 'name'; test(name: Buffer): boolean }
export type StatusCheck = Common & { readonly kind: 'status'; test(status: Status): boolean }
export type ContentCheck = Common & {
  readonly kind: 'content'
  readonly pattern: Pattern
  readonly every: boolean
}
export type BytesCheck = Common & { readonly kind: 'bytes'; readonly wanted: Buffer }
export type HashCheck = Common & { readonly kind: 'hash'; readonly algorithm: string; readonly hex: string }
/** What needs the file to be read. */
export type DeepCheck = ContentCheck | BytesCheck | HashCheck

/** A search as checks, by what they cost: the name, one look at the file, reading it. */
export interface CompiledSearch {
  readonly search: Search
  readonly names: readonly NameCheck[]
  readonly status: readonly StatusCheck[]
  readonly deep: readonly DeepCheck[]
  /** Absent where nothing is excluded. */
  readonly excludes?: (path: Buffer) => boolean
}

const within = ({ from, to }: Range, value: number): boolean =>
  (from === undefined || value >= from) && (to === undefined || value <= to)

/** Compiles one search. Throws `bad-params` that names the flag. */
export const compileSearch = (search: Search, accounts: Accounts): CompiledSearch => {
  const inverts = (filter: Filter) => search.mismatch?.includes(filter) ?? false
  const excluded = search.exclude?.map(glob => compileGlob(glob, 'exclude'))
  return {
    search,
    names: nameChecks(search, inverts),
    status: statusChecks(search, inverts, accounts),
    deep: deepChecks(search, inverts),
    ...(excluded && { excludes: path => excluded.some(glob => glob.test(path)) })
  }
}

type Inverts = (filter: Filter) => boolean

/** `!re` → the expression, and whether it is inverted. */
const expression = (value: string, filter: 'name' | 'mode' | 'content', inverts: Inverts) => {
  const not = value.startsWith('!')
  return {
    filter,
    label: `${filter}=${value}`,
    inverted: inverts(filter) !== not,
    not,
    pattern: compilePattern(not ? value.slice(1) : value, filter)
  }
}

const nameChecks = (search: Search, inverts: Inverts): NameCheck[] => [
  ...(search.names ?? []).map((value): NameCheck => {
    const { pattern, filter, label, inverted } = expression(value, 'name', inverts)
    return { kind: 'name', filter, label, inverted, test: name => pattern.test(name) }
  }),
  ...(search.globs ?? []).map((value): NameCheck => {
    const pattern = compileGlob(value, 'glob')
    const inverted = inverts('glob')
    return {
      kind: 'name',
      filter: 'glob',
      label: `glob=${value}`,
      inverted,
      test: name => pattern.test(name)
    }
  })
]

const statusChecks = (search: Search, inverts: Inverts, accounts: Accounts): StatusCheck[] => {
  const checks = <T>(
    filter: Filter,
    values: readonly T[] | undefined,
    say: (value: T) => string,
    test: (value: T, status: Status) => boolean
  ): StatusCheck[] =>
    (values ?? []).map(value => ({
      kind: 'status',
      filter,
      label: `${filter}=${say(value)}`,
      inverted: inverts(filter),
      test: status => test(value, status)
    }))
  const range = ({ from, to }: Range) => `${from ?? ''}..${to ?? ''}`
  const text = (value: string) => value
  return [
    ...checks('size', search.sizes, range, (value, { size }) => within(value, size)),
    ...(search.modes ?? []).map((value): StatusCheck => {
      const { pattern, filter, label, inverted } = expression(value, 'mode', inverts)
      const test = ({ mode }: Status) =>
        pattern.test(Buffer.from(modeText(mode))) || pattern.test(Buffer.from(goModeText(mode)))
      return { kind: 'status', filter, label, inverted, test }
    }),
    ...checks('mtime', search.mtimes, range, (value, { mtimeMs }) => within(value, mtimeMs)),
    ...checks('ctime', search.ctimes, range, (value, { ctimeMs }) => within(value, ctimeMs)),
    ...checks(
      'owner',
      search.owners,
      text,
      (value, { uid }) => value === String(uid) || value === accounts.user(uid)
    ),
    ...checks(
      'group',
      search.groups,
      text,
      (value, { gid }) => value === String(gid) || value === accounts.group(gid)
    ),
    ...checks('setuid', search.setuid ? [true] : [], String, (_, { mode }) => (mode & 0o6000) !== 0)
  ]
}

const deepChecks = (search: Search, inverts: Inverts): DeepCheck[] => [
  ...(search.contents ?? []).map((value): ContentCheck => {
    const { pattern, filter, label, inverted, not } = expression(value, 'content', inverts)
    // "Every line does not match" is "no line matches", as in MIG.
    return { kind: 'content', filter, label, inverted, pattern, every: search.everyLine === true && !not }
  }),
  ...(search.bytes ?? []).map((hex): BytesCheck => {
    const wanted = Buffer.from(hex, 'hex')
    return { kind: 'bytes', filter: 'bytes', label: `bytes=${hex}`, inverted: inverts('bytes'), wanted }
  }),
  ...(['md5', 'sha1', 'sha2', 'sha3'] as const).flatMap((family: HashFamily) =>
    (search[family] ?? []).map((hex): HashCheck => {
      const algorithm = algorithmOf(family, hex)!
      return {
        kind: 'hash',
        filter: family,
        label: `${family}=${hex}`,
        inverted: inverts(family),
        algorithm,
        hex
      }
    })
  )
]
