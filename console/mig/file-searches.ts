import { LIMITS } from '../../src/limits.ts'
import { plainName } from '../../src/modules/lib/files/say-search.ts'
import { parseAge, parseSize } from '../../src/modules/lib/files/search-flags.ts'
import type { Search } from '../../src/modules/lib/files/search-params.ts'
import { foreign, Members, shown, type Warn } from './json.ts'
import { checkCount, inParts } from './labels.ts'
import { type Place, pathOf } from './paths.ts'
import { checkedHashes, dated } from './values.ts'

type Draft = { -readonly [K in keyof Search]?: Search[K] }

const LISTS = [
  'names',
  'modes',
  'contents',
  'md5',
  'sha1',
  'sha2',
  'sha3',
  'sizes',
  'mtimes',
  'globs'
] as const
const KNOWN = [
  'description',
  'paths',
  'names',
  'sizes',
  'modes',
  'mtimes',
  'contents',
  'md5',
  'sha1',
  'sha2',
  'sha3'
]
const OPTIONS = [
  'maxdepth',
  'maxerrors',
  'remotefs',
  'matchall',
  'macroal',
  'mismatch',
  'matchlimit',
  'debug'
]

/** One search of MIG → one or more of ours; `remote` where it asked for network file systems. */
export const fileSearches = (
  search: Members,
  labels: { readonly own: string; next(label: string): string },
  now: number,
  warn: Warn
): { searches: Draft[]; remote: boolean } => {
  search.only([...KNOWN, 'options', 'regexes'])
  const options = search.members('options') ?? new Members({}, search.at('options'))
  options.only([...OPTIONS, 'returnsha256', 'decompress'])
  const all = options.flag('matchall')
  const paths = search.texts('paths')
  if (paths === undefined) throw foreign(search.at('paths'), 'a search without a path looks nowhere')
  const places = paths.map((path, i) => pathOf(path, `${search.at('paths')}[${i}]`, warn))
  const base: Draft = {
    label: labels.own,
    ...described(search),
    ...optionsOf(options),
    ...checksOf(search, now, warn)
  }
  const isEmpty = LISTS.every(name => base[name] === undefined)
  if (isEmpty)
    warn(`${search.place}: without a check MIG finds nothing; here it is every file, as was meant.`)
  // Links to files are looked at, as MIG does.
  const whole: Draft = { ...base, follow: true, ...(!all && !isEmpty && { any: true }) }
  const drafts = all ? possible(whole, search.place, warn) : parted(whole)
  const searches = drafts.flatMap(draft => placed(draft, places, search, all))
  checkCount(searches.length, search.place)
  return {
    searches: searches.map((one, i) => (i === 0 ? one : { ...one, label: labels.next(labels.own) })),
    remote: options.flag('remotefs')
  }
}

const described = (search: Members): Draft => {
  const description = search.text('description')
  return description ? { description: description.slice(0, 256) } : {}
}

const optionsOf = (options: Members): Draft => {
  const [depth, limit, errors] = ['maxdepth', 'matchlimit', 'maxerrors'].map(name => options.whole(name) ?? 0)
  const mismatch = options.texts('mismatch')
  options.text('debug')
  return {
    // 0 is without limit, and so is what no tree is as deep as.
    ...(depth! > 0 && depth! <= LIMITS.walkDepth && { maxDepth: depth! }),
    ...(limit! > 0 && { matchLimit: Math.min(limit!, LIMITS.rowsMax) }),
    ...(errors! > 0 && { errorLimit: Math.min(errors!, LIMITS.rowsMax) }),
    ...(mismatch && { mismatch: mismatch as Search['mismatch'] }),
    ...(options.flag('macroal') && { everyLine: true as const }),
    ...(options.flag('returnsha256') && { sha256: true as const }),
    ...(options.flag('decompress') && { decompress: true as const })
  }
}

const checksOf = (search: Members, now: number, warn: Warn): Draft => {
  const regexes = search.texts('regexes')
  if (regexes)
    warn(`${search.at('regexes')}: MIG reads no such member any more; here it is contents, as was meant.`)
  const contents = [...(search.texts('contents') ?? []), ...(regexes ?? [])]
  const modes = search.texts('modes')
  if (modes?.some(mode => mode.startsWith('!')))
    warn(`${search.at('modes')}: MIG finds nothing by a mode with !; here it inverts, as was meant.`)
  const made = {
    names: search.texts('names')?.map(literalBang),
    modes,
    contents: contents.length > 0 ? contents.map(literalBang) : undefined,
    sizes: dated(search, 'sizes', parseSize),
    mtimes: dated(search, 'mtimes', value => parseAge('mtime', value, now)),
    ...Object.fromEntries(
      (['md5', 'sha1', 'sha2', 'sha3'] as const).map(family => [family, checkedHashes(search, family)])
    )
  }
  return Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined))
}

/** An exclamation mark alone is itself. */
const literalBang = (value: string): string => (value === '!' ? '(?:!)' : value)

/** With `matchall` a file would have two hashes, or two names: what was meant is one of them. */
const possible = (search: Draft, place: string, warn: Warn): Draft[] => {
  const names = oneName(search)
  if (names !== search.names)
    warn(`${place}: no file has all of these names; here it has one of them, as was meant.`)
  let variants: Draft[] = [names === undefined ? search : { ...search, names }]
  for (const family of ['md5', 'sha1', 'sha2', 'sha3'] as const) {
    const hashes = search[family]
    if (hashes === undefined || search.mismatch?.includes(family)) continue
    for (const length of new Set(hashes.map(hash => hash.length))) {
      const those = hashes.filter(hash => hash.length === length)
      if (those.length < 2) continue
      warn(`${place}: no file has ${those.length} different hashes; here it has one of them, as was meant.`)
      checkCount(variants.length * those.length, place)
      variants = variants.flatMap(variant =>
        those.map(hash => ({
          ...variant,
          [family]: variant[family]!.filter(one => one.length !== length || one === hash)
        }))
      )
    }
  }
  return variants
}

const oneName = ({ names, mismatch }: Draft): string[] | undefined => {
  if (names === undefined || names.length < 2 || mismatch?.includes('name')) return names
  const areExact = names.every(name => /^\^.*\$$/.test(name) && plainName(name) !== undefined)
  return areExact ? [names.map(name => `(?:${name})`).join('|')] : names
}

/** Where each check stands for itself, long lists are as good in parts. */
const parted = (search: Draft): Draft[] => {
  const most = Math.max(...LISTS.map(name => search[name]?.length ?? 0))
  if (most <= LIMITS.checksPerSearch) return [search]
  const bare = Object.fromEntries(Object.entries(search).filter(([name]) => !LISTS.includes(name as 'names')))
  const lists = LISTS.map(
    name => [name, inParts<unknown>(search[name] ?? [], LIMITS.checksPerSearch)] as const
  )
  return Array.from({ length: Math.ceil(most / LIMITS.checksPerSearch) }, (_, i) => ({
    ...bare,
    ...Object.fromEntries(
      lists.flatMap(([name, parts]) => (parts[i] === undefined ? [] : [[name, parts[i]]]))
    )
  }))
}

/** Paths with a star in their last part are searches of their own. */
const placed = (search: Draft, places: readonly Place[], from: Members, all: boolean): Draft[] => {
  const plain = [...new Set(places.filter(({ glob }) => glob === undefined).map(({ path }) => path))]
  const starred = places.filter(({ glob }) => glob !== undefined)
  if (starred.length > 0 && !all && search.any)
    throw foreign(
      from.at('paths'),
      `the * in ${shown(`${starred[0]!.path}/${starred[0]!.glob}`)} would be one check of several, any of which holds`,
      'Set the option matchall, or name the directory alone.'
    )
  return [
    ...inParts(plain, LIMITS.checksPerSearch).map(paths => ({ ...search, paths })),
    ...starred.map(({ path, glob }) => ({ ...search, paths: [path], globs: [glob!], maxDepth: 1 }))
  ]
}
