import { plainGlob } from '../match/glob.ts'
import type { Range, Search } from './search-params.ts'

export const short = (hex: string): string => (hex.length > 10 ? `${hex.slice(0, 4)}…${hex.slice(-2)}` : hex)

const UNITS: readonly [number, string][] = [
  [1024 ** 4, 'TiB'],
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB']
]

const bytes = (size: number): string => {
  const unit = UNITS.find(([each]) => size >= each && size % each === 0)
  return unit ? `${size / unit[0]} ${unit[1]}` : `${size} bytes`
}

export const moment = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

export const range = (
  { from, to }: Range,
  say: (value: number) => string,
  words: [string, string]
): string => {
  if (from !== undefined && from === to) return say(from)
  const low = from === undefined ? '' : `${words[0]} ${say(from)}`
  const high = to === undefined ? '' : `${words[1]} ${say(to)}`
  return [low, high].filter(Boolean).join(' and ')
}

export const not = (value: string, verb: string): string =>
  value.startsWith('!') ? `not ${verb} ${value.slice(1)}` : `${verb} ${value}`

/** One search in words, for the preview: `under /usr/lib/apache2: files named \.so$ with md5 9b1d…e4`. */
export const saySearch = (search: Search): string => {
  const size: [string, string] = ['at least', 'at most']
  const time: [string, string] = ['since', 'before']
  const words = [
    ...(search.names ?? []).map(value => not(value, 'named')),
    ...(search.globs ?? []).map(value => `named like ${value}`),
    ...(search.sizes ?? []).map(value => `of ${range(value, bytes, size)}`),
    ...(search.modes ?? []).map(value => not(value, 'of mode')),
    ...(search.mtimes ?? []).map(value => `modified ${range(value, moment, time)}`),
    ...(search.ctimes ?? []).map(value => `changed ${range(value, moment, time)}`),
    ...(search.owners ?? []).map(value => `owned by ${value}`),
    ...(search.groups ?? []).map(value => `of group ${value}`),
    ...(search.setuid ? ['setuid or setgid'] : []),
    ...(search.contents ?? []).map(value => content(value, search.everyLine === true)),
    ...(search.bytes ?? []).map(value => `with the bytes ${short(value)}`),
    ...(['md5', 'sha1', 'sha2', 'sha3'] as const).flatMap(family =>
      (search[family] ?? []).map(value => `with ${family} ${short(value)}`)
    )
  ]
  const asides = [
    search.maxDepth === undefined ? '' : `down to depth ${search.maxDepth}`,
    search.exclude === undefined ? '' : `without ${search.exclude.join(', ')}`,
    search.mismatch === undefined ? '' : `the result of ${search.mismatch.join(', ')} inverted`,
    search.decompress ? 'also inside gzip and zstd' : '',
    search.follow ? 'also through links' : ''
  ].filter(Boolean)
  const what = words.length === 0 ? 'every file' : `files ${words.join(search.any ? ' or ' : ' and ')}`
  return `under ${search.paths.join(', ')}: ${what}${asides.map(aside => `, ${aside}`).join('')}`
}

const content = (value: string, every: boolean): string =>
  value.startsWith('!')
    ? `without a line ${value.slice(1)}`
    : every
      ? `of nothing but lines ${value}`
      : `with a line ${value}`

/** What a search names outright: the console may resolve commitments to these. */
export const literalsOf = (search: Search): string[] => [
  ...search.paths,
  ...(search.names ?? []).flatMap(name => plainName(name) ?? []),
  ...(search.globs ?? []).flatMap(glob => plainGlob(glob) ?? []),
  ...(search.owners ?? []),
  ...(search.groups ?? []),
  ...(['md5', 'sha1', 'sha2', 'sha3'] as const).flatMap(family => search[family] ?? [])
]

/** The name that an expression stands for, where it stands for one only: `^mod_ssl\.so$`. */
export const plainName = (expression: string): string | undefined => {
  const body = expression
    .replace(/^!/, '')
    .replace(/^\^/, '')
    .replace(/(?<!\\)\$$/, '')
  const plain = body.replace(/\\([^0-9a-zA-Z])/g, '')
  return /[\\^$.*+?()[\]{}|]/.test(plain) || body === '' ? undefined : body.replace(/\\(.)/g, '$1')
}
