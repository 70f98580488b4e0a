import { readFileSync } from 'node:fs'
import { sayWrong, wrongIn } from '../../../documents/wrong.ts'
import { GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import type { Flag } from '../../spec.ts'
import { compact, digests, many, strings, yes } from '../flags.ts'
import { compileSearch } from './search.ts'
import { FILTERS, type FileParams, fileParams, type Range } from './search-params.ts'

/** Flags of the file module: one search, or several by --searches. */
export const FILE_FLAGS: Record<string, Flag> = {
  path: many('Where to look: an absolute directory or file; needed', 'Where'),
  depth: {
    type: 'number',
    doc: 'How deep below each path; 1 is its own directory, 64 the most',
    group: 'Where'
  },
  exclude: many('Leave out what matches this glob on the whole path: "/var/lib/docker/*"', 'Where'),
  follow: yes('Look at files through links too', 'Where'),
  'cross-devices': yes('Go on to other file systems of this host', 'Where'),
  remote: yes('Walk network file systems too', 'Where'),
  pseudo: yes('Walk /proc, /sys and their like too', 'Where'),
  name: many('Regular expression on the base name; "!re" inverts', 'Which files'),
  glob: many('Glob on the base name: "*.php"', 'Which files'),
  size: many('<10m at most, >1k at least, 512 exactly; k m g t', 'Which files'),
  mode: many(
    'Regular expression on the mode as ls -l shows it ("^-rws") or as Go does ("^u")',
    'Which files'
  ),
  mtime: many('Modified: <90d within, >5h longer ago; d h m, or >2026-11-01T00:00:00Z', 'Which files'),
  ctime: many('Changed (inode): as --mtime', 'Which files'),
  owner: many('Owner by name or number', 'Which files'),
  group: many('Group by name or number', 'Which files'),
  setuid: yes('Only with the setuid or setgid bit', 'Which files'),
  content: many('Regular expression on a line; "!re": no line matches', 'What is in them'),
  bytes: many('Bytes in hex, anywhere in the file', 'What is in them'),
  md5: many('MD5 in hex', 'What is in them'),
  sha1: many('SHA-1 in hex', 'What is in them'),
  sha2: many('SHA-256, 384 or 512 in hex', 'What is in them'),
  sha3: many('SHA3-224, 256, 384 or 512 in hex', 'What is in them'),
  decompress: yes('Look into gzip and zstd files', 'What is in them'),
  'every-line': yes('Every line must match every --content', 'What is in them'),
  any: yes('Report each check that matches, instead of files that match all', 'How'),
  mismatch: {
    type: 'string',
    repeat: true,
    doc: 'Invert the result of this filter',
    group: 'How',
    values: FILTERS
  },
  'match-limit': {
    type: 'number',
    doc: `The most rows of this search; ${LIMITS.rows} otherwise`,
    group: 'How'
  },
  'max-errors': { type: 'number', doc: 'The most kinds of errors that a host tells', group: 'How' },
  sha256: yes('Return the SHA-256 of what matched', 'How'),
  label: { type: 'string', doc: 'Name of the search in the answers', group: 'How' },
  searches: {
    type: 'string',
    doc: 'Several searches in one walk, as JSON or @FILE: [{"label": …, "paths": […], …}]; see docs/modules/file.md',
    group: 'How'
  }
}

const bad = (name: string, value: string, want: string): GumshoeError =>
  new GumshoeError('bad-params', `--${name} ${value}: ${want}.`)

const UNITS: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

/** `<n` is at most n, `>n` at least n, as MIG's code has it (mig.md 1.1). */
export const parseSize = (value: string): Range => {
  const match = /^([<>]?)(\d+)([kmgt]?)$/i.exec(value)
  const bytes = match ? Number(match[2]) * UNITS[match[3]!.toLowerCase()]! : Number.NaN
  if (!Number.isSafeInteger(bytes)) throw bad('size', value, 'a size is like <10m, >1k or 512')
  return match![1] === '<' ? { to: bytes } : match![1] === '>' ? { from: bytes } : { from: bytes, to: bytes }
}

const SPANS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `<90d` is within the last 90 days, `>5h` longer ago than 5 hours: made absolute against now, so that a late host answers the same. */
export const parseAge = (name: string, value: string, now: number): Range => {
  const relative = /^([<>])(\d+)([dhm])$/.exec(value)
  const absolute = /^([<>])(\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?)$/.exec(value)
  const moment = relative
    ? now - Number(relative[2]) * SPANS[relative[3]!]!
    : absolute
      ? Date.parse(absolute[2]!)
      : Number.NaN
  if (!Number.isSafeInteger(moment))
    throw bad(name, value, 'a time is like <90d (within), >5h (longer ago), or >2026-11-01 (after)')
  const floor = Math.max(0, moment)
  if (relative) return relative[1] === '<' ? { from: floor } : { to: floor }
  return absolute![1] === '>' ? { from: floor } : { to: floor }
}

const NO_ACCOUNTS = { user: String, group: String }

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const fileFromFlags = (flags: Record<string, unknown>, now: number): FileParams => {
  const wide = { crossDevices: flags['cross-devices'], remote: flags['remote'], pseudo: flags['pseudo'] }
  const several = flags['searches'] !== undefined
  const searches = several ? severalSearches(flags, now) : [oneSearch(flags, now)]
  const result = fileParams.safeParse(compact({ searches, ...wide }))
  if (!result.success) {
    const wrong = wrongIn(result.error)
    throw new GumshoeError('bad-params', sayWrong(placeOf(wrong.path, several), wrong), {
      cause: result.error
    })
  }
  // What is no regular expression or glob is said here, not by a thousand hosts.
  for (const search of result.data.searches) compileSearch(search, NO_ACCOUNTS)
  return result.data
}

/** Names of fields by the flag that fills them, where they differ. */
const FLAG_OF: Record<string, string> = {
  paths: 'path',
  names: 'name',
  globs: 'glob',
  sizes: 'size',
  modes: 'mode',
  mtimes: 'mtime',
  ctimes: 'ctime',
  owners: 'owner',
  groups: 'group',
  contents: 'content',
  everyLine: 'every-line',
  maxDepth: 'depth',
  matchLimit: 'match-limit',
  errorLimit: 'max-errors'
}

/** `--path`, or `--searches, search 2, paths`. */
const placeOf = (path: readonly PropertyKey[], several: boolean): string => {
  const [top, index, field] = path.map(String)
  if (top !== 'searches') return top === undefined ? 'The search' : `--${top}`
  if (!several) return field === undefined ? 'The search' : `--${FLAG_OF[field] ?? field}`
  return ['--searches', index && `search ${Number(index) + 1}`, field].filter(Boolean).join(', ')
}

/** The flags that --searches leaves no room for. */
const OF_ONE = Object.keys(FILE_FLAGS).filter(
  name => !['searches', 'cross-devices', 'remote', 'pseudo'].includes(name)
)

const severalSearches = (flags: Record<string, unknown>, now: number): unknown => {
  const both = OF_ONE.find(name => flags[name] !== undefined && flags[name] !== false)
  if (both !== undefined)
    throw new GumshoeError('bad-params', `--${both} does not go with --searches.`, {
      fix: 'Write it into one of the searches.'
    })
  const searches = readSearches(String(flags['searches']))
  if (!Array.isArray(searches))
    throw new GumshoeError('bad-params', '--searches is no list: [{"label": …, "paths": […], …}].')
  return searches.map(search => fromWords(search, now))
}

const readSearches = (text: string): unknown => {
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text)
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'is no JSON' : 'cannot be read'
    throw new GumshoeError('bad-params', `--searches ${text.startsWith('@') ? text : ''} ${why}.`, {
      cause,
      fix: 'See docs/modules/file.md for an example.'
    })
  }
}

/** Sizes and times may be written as on the command line (and in MIG's actions): `<10m`, `<90d`. */
const fromWords = (search: unknown, now: number): unknown => {
  if (typeof search !== 'object' || search === null || Array.isArray(search)) return search
  const turn = (name: string, parse: (value: string) => Range) => {
    const values: unknown = (search as Record<string, unknown>)[name]
    if (!Array.isArray(values)) return {}
    return { [name]: values.map(value => (typeof value === 'string' ? parse(value) : value)) }
  }
  return {
    ...search,
    ...turn('sizes', parseSize),
    ...turn('mtimes', value => parseAge('mtime', value, now)),
    ...turn('ctimes', value => parseAge('ctime', value, now))
  }
}

/** `/etc//ssh/` → `/etc/ssh`; what leads upwards is not for us to guess. */
const pathOf = (value: string): string => {
  if (!value.startsWith('/'))
    throw bad('path', value, 'a path is absolute: every host looks from its own root')
  if (/(^|\/)\.\.(\/|$)/.test(value)) throw bad('path', value, 'write the path without ..')
  return value.replace(/\/(\.?\/)+/g, '/').replace(/(.)\/\.?$/, '$1')
}

/** `0x7F 45:4c` → `7f454c`. Throws `bad-params`. */
export const bytesOf = (value: string): string => {
  const hex = value.replace(/^0x/i, '').replace(/[\s:]/g, '').toLowerCase()
  if (!/^([0-9a-f]{2})+$/.test(hex)) throw bad('bytes', value, 'bytes are pairs of hex digits: 7f454c46')
  return hex
}

/** Throws `bad-params` where it is no whole number. */
export const whole = (flags: Record<string, unknown>, name: string): number | undefined => {
  const value = flags[name]
  if (value === undefined) return undefined
  if (!Number.isSafeInteger(value)) throw bad(name, String(value), 'a whole number is wanted')
  return value as number
}

const oneSearch = (flags: Record<string, unknown>, now: number): unknown => {
  const paths = strings(flags, 'path')
  if (paths === undefined)
    throw new GumshoeError('bad-params', '--path is missing: say where to look.', { fix: '--path /etc' })
  return compact({
    label: flags['label'] ?? 's1',
    paths: [...new Set(paths.map(pathOf))],
    names: strings(flags, 'name'),
    globs: strings(flags, 'glob'),
    exclude: strings(flags, 'exclude'),
    sizes: strings(flags, 'size')?.map(parseSize),
    modes: strings(flags, 'mode'),
    mtimes: strings(flags, 'mtime')?.map(value => parseAge('mtime', value, now)),
    ctimes: strings(flags, 'ctime')?.map(value => parseAge('ctime', value, now)),
    owners: strings(flags, 'owner'),
    groups: strings(flags, 'group'),
    setuid: flags['setuid'],
    contents: strings(flags, 'content'),
    bytes: strings(flags, 'bytes')?.map(bytesOf),
    md5: digests(flags, 'md5'),
    sha1: digests(flags, 'sha1'),
    sha2: digests(flags, 'sha2'),
    sha3: digests(flags, 'sha3'),
    mismatch: strings(flags, 'mismatch'),
    any: flags['any'],
    everyLine: flags['every-line'],
    maxDepth: whole(flags, 'depth'),
    matchLimit: whole(flags, 'match-limit'),
    errorLimit: whole(flags, 'max-errors'),
    sha256: flags['sha256'],
    decompress: flags['decompress'],
    follow: flags['follow']
  })
}
