import { LIMITS } from '../../../limits.ts'
import { compareApk } from './apk.ts'
import { compareDpkg } from './dpkg.ts'
import { compareGem } from './gem.ts'
import { comparePacman } from './pacman.ts'
import { comparePep440 } from './pep440.ts'
import { compareRpm } from './rpm.ts'
import { compareGo, compareSemver } from './semver.ts'

/** Whoever installs packages, and so decides how their versions are ordered. */
export const PACKAGE_KINDS = ['dpkg', 'rpm', 'apk', 'pacman', 'python', 'npm', 'gem', 'go'] as const
export type PackageKind = (typeof PACKAGE_KINDS)[number]

type Compare = (a: string, b: string) => number | undefined

const BY_KIND: Record<PackageKind, Compare> = {
  dpkg: compareDpkg,
  rpm: compareRpm,
  apk: compareApk,
  pacman: comparePacman,
  python: comparePep440,
  npm: compareSemver,
  gem: compareGem,
  go: compareGo
}

/** What no ecosystem writes into a version is not taken for one: it neither leaves a host nor is compared. */
const PLAUSIBLE = /^[0-9A-Za-z][0-9A-Za-z.+~:^_%{}!-]*$/

export const isVersion = (text: string): boolean =>
  text.length <= LIMITS.packageVersionBytes && PLAUSIBLE.test(text)

/** Negative where a is older than b by the rules of its kind; undefined where those say nothing about one of them. */
export const compareVersions = (kind: PackageKind, a: string, b: string): number | undefined =>
  isVersion(a) && isVersion(b) ? BY_KIND[kind](a, b) : undefined

export const COMPARISONS = ['<', '<=', '=', '>=', '>'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** Whether an order (of compareVersions) is the one that is asked for. */
export const holds = (comparison: Comparison, order: number): boolean =>
  order === 0 ? comparison.includes('=') : comparison.startsWith(order < 0 ? '<' : '>')
