import { compilePattern, type Pattern } from '../match/regex.ts'
import type { PackageKind } from '../versions/compare.ts'
import type { Package } from './package.ts'
import type { PackageParams } from './package-schema.ts'
import { normalPythonName } from './python.ts'
import { type VersionFilter, versionFilter } from './version-filter.ts'

/** Whether a package is one that is asked for; undefined where its version cannot be judged. */
export type PackageFilter = (one: Package) => boolean | undefined

/** Throws `bad-params` that names the flag. */
export const packageFilter = (params: PackageParams): PackageFilter => {
  const named = namesFilter(params.names, 'name')
  const from = namesFilter(params.sources, 'source')
  const ofVersion: VersionFilter =
    params.versions === undefined ? () => true : versionFilter(params.versions, params.kinds, 'version')
  const { states, arches } = params
  return one => {
    if (!states.includes(one.state)) return false
    if (arches !== undefined && !(one.arch !== undefined && arches.includes(one.arch))) return false
    if (!named(namesOf(one)) || !from([one.source ?? one.name])) return false
    return ofVersion(one.kind, one.version)
  }
}

/** A Python package has the name that it calls itself, and the one that PyPI compares. */
const namesOf = ({ kind, name }: { kind: PackageKind; name: string }): string[] =>
  kind === 'python' ? [name, normalPythonName(name)] : [name]

/** One of the expressions must match one of the names, and none of those behind a `!` may. */
const namesFilter = (
  sources: readonly string[] | undefined,
  flag: string
): ((names: readonly string[]) => boolean) => {
  if (sources === undefined) return () => true
  const compile = (source: string) => nameTest(compilePattern(source, flag))
  const wanted = sources.filter(source => !source.startsWith('!')).map(compile)
  const unwanted = sources.filter(source => source.startsWith('!')).map(source => compile(source.slice(1)))
  return names => {
    if (wanted.length > 0 && !names.some(name => wanted.some(test => test(name)))) return false
    return !names.some(name => unwanted.some(test => test(name)))
  }
}

/** Most names lack what every match holds, which is seen before bytes are made of them. */
const nameTest = ({ required, test }: Pattern): ((name: string) => boolean) => {
  const texts = required?.some(({ ignoreCase }) => ignoreCase) ? undefined : required?.map(({ text }) => text)
  return name =>
    (texts === undefined || texts.some(text => name.includes(text))) && test(Buffer.from(name, 'latin1'))
}
