import { GumshoeError } from '../../../errors.ts'
import type { Flag } from '../../spec.ts'
import { plainName } from '../files/say-search.ts'
import { checked, compact, many, strings } from '../flags.ts'
import { PACKAGE_KINDS, type PackageKind } from '../versions/compare.ts'
import { isLanguage, LANGUAGE_KINDS, PACKAGE_STATES, SYSTEM_KINDS } from './package.ts'
import { packageFilter } from './package-filter.ts'
import { LANGUAGE_PATHS, type PackageParams, packageParams } from './package-schema.ts'

/** The way from flags to the parameters of `package/1`, and the question in words. */

export const PACKAGE_FLAGS: Record<string, Flag> = {
  name: many('Regular expression on the name, one of which matches; "!re": none does', 'Which'),
  version: many(
    '<1.2.3-4, <=, =, >= or > by the rules of its kind, or a regular expression; "!re" inverts',
    'Which'
  ),
  source: many('Regular expression on the name of what it was built from', 'Which'),
  arch: many('Architecture, as the package has it: amd64, x86_64, all', 'Which'),
  state: many('What is there of it; installed where nothing else is said', 'Which', PACKAGE_STATES),
  kind: many(
    `Who installed it; ${SYSTEM_KINDS.join(', ')} where neither this nor --path is said`,
    'Where',
    PACKAGE_KINDS
  ),
  path: many(
    `Where packages of languages lie; ${LANGUAGE_PATHS.join(', ')} where only their kind is said`,
    'Where'
  )
}

const FLAG_OF: Record<string, string> = {
  kinds: 'kind',
  states: 'state',
  names: 'name',
  sources: 'source',
  versions: 'version',
  arches: 'arch',
  paths: 'path'
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const packageFromFlags = (flags: Record<string, unknown>): PackageParams => {
  const paths = strings(flags, 'path')?.map(path => path.replace(/(.)\/+$/, '$1'))
  const kinds = strings(flags, 'kind') ?? [...(paths === undefined ? SYSTEM_KINDS : LANGUAGE_KINDS)]
  const hasLanguage = kinds.some(kind => isLanguage(kind as PackageKind))
  if (paths !== undefined && !hasLanguage)
    throw new GumshoeError('bad-params', `--path goes with --kind ${LANGUAGE_KINDS.join(', ')} only.`)
  const params = checked(
    packageParams,
    compact({
      kinds,
      states: strings(flags, 'state') ?? ['installed'],
      names: strings(flags, 'name'),
      sources: strings(flags, 'source'),
      versions: strings(flags, 'version'),
      arches: strings(flags, 'arch'),
      paths: hasLanguage ? (paths ?? [...LANGUAGE_PATHS]) : undefined
    }),
    FLAG_OF
  )
  // What is no regular expression or version is said here, not by a thousand hosts.
  packageFilter(params)
  return params
}

/** The question in words, for the preview. */
export const sayPackage = (params: PackageParams): string => {
  const either = (values: readonly string[]) => values.join(' or ')
  const matching = (values: readonly string[], verb: string): string[] => {
    const [wanted, unwanted] = [
      values.filter(value => !value.startsWith('!')),
      values.filter(value => value.startsWith('!')).map(value => value.slice(1))
    ]
    return [
      ...(wanted.length > 0 ? [`${verb} ${either(wanted)}`] : []),
      ...(unwanted.length > 0 ? [`not ${verb} ${either(unwanted)}`] : [])
    ]
  }
  const words = [
    ...matching(params.names ?? [], 'named'),
    ...matching(params.sources ?? [], 'built from'),
    ...(params.versions ?? []).map(version => `of version ${version}`),
    ...(params.arches ? [`for ${either(params.arches)}`] : []),
    ...(params.states.join() === 'installed' ? [] : [`that are ${either(params.states)}`]),
    ...(params.paths ? [`under ${params.paths.join(', ')}`] : [])
  ]
  const named = words.length > 0 ? ` ${words.join(' and ')}` : ''
  return `packages of ${params.kinds.join(', ')}${named}. Changes nothing; runs no package manager.`
}

/** What the question names outright. */
export const packageLiterals = ({ names, sources, paths }: PackageParams): string[] => [
  ...new Set([
    ...[...(names ?? []), ...(sources ?? [])].flatMap(name => plainName(name) ?? []),
    ...(paths ?? [])
  ])
]
