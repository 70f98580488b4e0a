import { z } from 'zod'
import { GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import type { Flag } from '../../spec.ts'
import { searchSchema } from '../files/search-params.ts'
import { checked, compact, many, strings, yes } from '../flags.ts'
import { compileGlob } from '../match/glob.ts'
import { nameFilter } from '../match/name-filter.ts'

/** The parameters of `fswatch/1`, as they stand in a signed action, and the way to them from flags. */

export const CHANGES = ['created', 'changed', 'removed', 'mode', 'owner', 'transient'] as const
export type Change = (typeof CHANGES)[number]
/** What came and went between two looks is mostly a program that writes a file anew. */
const USUAL: readonly Change[] = ['created', 'changed', 'removed', 'mode', 'owner']

const MiB = 1 << 20
const paths = searchSchema.shape.paths.optional()

export const fswatchParams = z
  .strictObject({
    /** What lies directly in these. */
    flat: paths,
    /** Everything below these. */
    recursive: paths,
    names: searchSchema.shape.names,
    exclude: searchSchema.shape.exclude,
    what: z.array(z.enum(CHANGES)).min(1).max(CHANGES.length),
    /** Of larger files only size and times are compared. */
    hashBytes: z
      .int()
      .min(0)
      .max(1024 * MiB),
    /** Look at network file systems too, again and again: the kernel tells only what this host itself changes there. */
    remote: z.literal(true).optional()
  })
  .refine(({ flat, recursive }) => flat !== undefined || recursive !== undefined, 'say where: --path')
export type FswatchParams = z.infer<typeof fswatchParams>

/** MIG's own list for Linux (mig.md 1.10). */
const PROFILES: Record<string, { readonly flat: string[]; readonly recursive: string[] }> = {
  mig: {
    flat: ['/boot', '/var/spool/cron', '/bin', '/sbin', '/usr/bin', '/usr/sbin'],
    recursive: ['/etc']
  }
}

export const FSWATCH_FLAGS: Record<string, Flag> = {
  path: many('An absolute directory, of which what lies directly in it is watched; or a file', 'Where'),
  recursive: many('An absolute directory that is watched with everything below it', 'Where'),
  profile: many('Where it matters on most hosts; mig: what MIG watches', 'Where', Object.keys(PROFILES)),
  exclude: many('Leave out what matches this glob on the whole path: "*/.git/*"', 'Where'),
  remote: yes('Look at network file systems too, every minute', 'Where'),
  name: many('Regular expression on the base name; "!re" inverts', 'What'),
  what: many(`What to tell; all but transient otherwise`, 'What', CHANGES),
  'hash-limit': {
    type: 'number',
    doc: 'The largest file that is hashed, in MiB; 16 otherwise, 0 for none',
    group: 'What'
  }
}

const FLAG_OF: Record<string, string> = {
  flat: 'path',
  names: 'name',
  hashBytes: 'hash-limit'
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const fswatchFromFlags = (flags: Record<string, unknown>): FswatchParams => {
  const profiles = (strings(flags, 'profile') ?? []).map(name => {
    if (!Object.hasOwn(PROFILES, name))
      throw new GumshoeError('bad-params', `--profile ${name}: there is ${Object.keys(PROFILES).join(', ')}.`)
    return PROFILES[name]!
  })
  const all = (flag: string, which: 'flat' | 'recursive') => {
    const typed = (strings(flags, flag) ?? []).map(path => path.replace(/(.)\/+$/, '$1'))
    const list = [...new Set([...typed, ...profiles.flatMap(profile => profile[which])])]
    return list.length > 0 ? list : undefined
  }
  const limit = flags['hash-limit']
  const made = compact({
    flat: all('path', 'flat'),
    recursive: all('recursive', 'recursive'),
    names: strings(flags, 'name'),
    exclude: strings(flags, 'exclude'),
    what: strings(flags, 'what') ?? USUAL,
    hashBytes: limit === undefined ? LIMITS.watchHashBytes : Math.round(Number(limit) * MiB),
    remote: flags['remote']
  })
  const params = checked(fswatchParams, made, FLAG_OF)
  filtersOf(params)
  return params
}

/** Whether a path is watched that is in no profile: of those, hosts have what they have. */
export const namesPaths = (params: Pick<FswatchParams, 'flat' | 'recursive'>): boolean => {
  const pathsOf = ({ flat = [], recursive = [] }: typeof params) => [...flat, ...recursive]
  const usual = Object.values(PROFILES).flatMap(pathsOf)
  return pathsOf(params).some(path => !usual.includes(path))
}

/** What of a directory is wanted. Throws `bad-params` that names the flag. */
export const filtersOf = ({ names, exclude }: Pick<FswatchParams, 'names' | 'exclude'>) => {
  const isNamed = nameFilter(names, 'name')
  const globs = exclude?.map(glob => compileGlob(glob, 'exclude'))
  return {
    isNamed: (name: Buffer): boolean => isNamed === undefined || isNamed(name),
    ...(globs && { excludes: (path: Buffer): boolean => globs.some(glob => glob.test(path)) })
  }
}

/** The question in words, for the preview. */
export const sayFswatch = ({ flat, recursive, names, what }: FswatchParams): string => {
  const where = [
    ...(flat ? [`directly in ${flat.join(', ')}`] : []),
    ...(recursive ? [`anywhere below ${recursive.join(', ')}`] : [])
  ]
  const named = names ? ` of files named ${names.join(' and ')}` : ''
  return `Stands until it expires: tells what is ${what.join(', ')}${named} ${where.join(' and ')}. Changes nothing.`
}

export const fswatchLiterals = ({ flat = [], recursive = [] }: FswatchParams): string[] => [
  ...new Set([...flat, ...recursive])
]
