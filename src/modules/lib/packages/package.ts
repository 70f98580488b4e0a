import { LIMITS } from '../../../limits.ts'
import type { PackageKind } from '../versions/compare.ts'

/** What is there of a package: all of it, some of it, or only configuration that it left behind. */
export const PACKAGE_STATES = ['installed', 'unfinished', 'removed'] as const
export type PackageState = (typeof PACKAGE_STATES)[number]

/** A package as the host's own records have it. Text is latin1: the bytes of the host as they are. */
export interface Package {
  readonly kind: PackageKind
  readonly name: string
  /** Empty where the record does not say. */
  readonly version: string
  readonly state: PackageState
  readonly arch?: string | undefined
  /** What it was built from, where it is not named alike. */
  readonly source?: string | undefined
  /** The moment of its installation, ms; good until the next package is asked for. */
  installed?(): number | undefined
  /** The file that says so, where each package has its own. */
  readonly path?: Buffer
}

/** Whether nobody names a package so, or what it was built from: what a host writes there is as long as it likes. */
export const isOverlong = (kind: PackageKind, name: string): boolean => name.length > longestName(kind)

export const longestName = (kind: PackageKind): number =>
  kind === 'go' ? LIMITS.goModuleBytes : LIMITS.packageNameBytes

/** Kinds of packages that are recorded in one place of a host; the others lie anywhere below some paths. */
export const SYSTEM_KINDS = ['dpkg', 'rpm', 'apk', 'pacman'] as const satisfies readonly PackageKind[]
export const LANGUAGE_KINDS = ['python', 'npm', 'gem', 'go'] as const satisfies readonly PackageKind[]
export type LanguageKind = (typeof LANGUAGE_KINDS)[number]

export const isLanguage = (kind: PackageKind): kind is LanguageKind =>
  LANGUAGE_KINDS.includes(kind as LanguageKind)
