import { GumshoeError } from '../../../errors.ts'
import { compilePattern } from '../match/regex.ts'
import { type Comparison, compareVersions, holds, isVersion, type PackageKind } from '../versions/compare.ts'

/** Whether a version is one that is asked for; undefined where the rules of its kind do not say. */
export type VersionFilter = (kind: PackageKind, version: string) => boolean | undefined

/**
 * `<1.2.3-4`, `>=2` and their like by the rules of the package's own kind, or a regular expression, which `!` inverts; all
 * of them must hold. Throws `bad-params` that names the flag, also where none of the kinds could have such a version.
 */
export const versionFilter = (
  sources: readonly string[],
  kinds: readonly PackageKind[],
  flag: string
): VersionFilter => {
  const tests = sources.map(source => testOf(source, kinds, flag))
  return (kind, version) => {
    let all: boolean | undefined = true
    for (const test of tests) {
      const holds = test(kind, version)
      if (holds === false) return false
      if (holds === undefined) all = undefined
    }
    return all
  }
}

const COMPARED = /^(<=?|>=?|=)\s*(.*)$/s

const testOf = (source: string, kinds: readonly PackageKind[], flag: string): VersionFilter => {
  const match = COMPARED.exec(source)
  if (match === null) return patternOf(source, flag)
  const [, sign, wanted] = match as unknown as [string, Comparison, string]
  if (!isVersion(wanted) || kinds.every(kind => compareVersions(kind, wanted, wanted) === undefined))
    throw new GumshoeError(
      'bad-params',
      `--${flag} ${source}: ${wanted || 'nothing'} is no version of ${kinds.join(' or ')}.`
    )
  return (kind, version) => {
    const order = compareVersions(kind, version, wanted)
    return order === undefined ? undefined : holds(sign, order)
  }
}

const patternOf = (source: string, flag: string): VersionFilter => {
  const not = source.startsWith('!')
  const pattern = compilePattern(not ? source.slice(1) : source, flag)
  return (_, version) =>
    isVersion(version) ? pattern.test(Buffer.from(version, 'latin1')) !== not : undefined
}
