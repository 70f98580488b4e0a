import { GumshoeError } from '../../../errors.ts'
import type { Host } from '../../spec.ts'
import type { HostFiles } from '../host/host-files.ts'
import { Walk } from '../host/walk.ts'
import type { PackageKind } from '../versions/compare.ts'
import { apkPackages } from './apk.ts'
import { dpkgPackages } from './dpkg.ts'
import { languagePackages } from './languages.ts'
import { isLanguage, type LanguageKind, type Package } from './package.ts'
import { LANGUAGE_PATHS } from './package-schema.ts'
import { pacmanPackages } from './pacman.ts'
import { rpmPackages } from './rpm.ts'

type Reader = (files: HostFiles) => Iterable<Package>

const SYSTEM: Record<Exclude<PackageKind, LanguageKind>, Reader> = {
  dpkg: dpkgPackages,
  rpm: rpmPackages,
  apk: apkPackages,
  pacman: pacmanPackages
}

/** All packages of some kinds, one by one, and undefined every so often: breathe then. Throws `limit-bytes`, `limit-entries`. */
export function* packagesOfHost(
  kinds: readonly PackageKind[],
  paths: readonly string[],
  { root, limits }: Host,
  files: HostFiles
): Generator<Package | undefined> {
  for (const kind of kinds) if (!isLanguage(kind)) yield* SYSTEM[kind](files)
  const languages = kinds.filter(isLanguage)
  if (languages.length === 0) return
  const walk = new Walk(
    {
      root,
      openRoot: files.openRoot,
      entries: limits.entries,
      crossDevices: true,
      kinds: new Set(),
      count: files.count,
      named: paths.some(path => !LANGUAGE_PATHS.some(usual => usual === path))
    },
    [{ paths: paths.map(path => Buffer.from(path)) }]
  )
  yield* languagePackages(languages, walk, files.budget)
  if (walk.limit !== undefined) throw new GumshoeError(walk.limit, 'The walk has reached its limit.')
}
