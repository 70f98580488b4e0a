import { codeOf } from '../../../errors.ts'
import type { ReadBudget } from '../host/read.ts'
import type { Walk } from '../host/walk.ts'
import type { WalkedFile } from '../host/walked.ts'
import { gemsOf, isGem } from './gem.ts'
import { goPackagesOf, mayBeGo } from './go.ts'
import { isNpm, npmPackagesOf } from './npm.ts'
import type { LanguageKind, Package } from './package.ts'
import { isPython, pythonPackagesOf } from './python.ts'

/** How packages of a language are found: by the look of a file, then by what is in it. */
interface Language {
  mayTell(file: WalkedFile): boolean
  read(file: WalkedFile, walk: Walk, budget: ReadBudget): Iterable<Package>
}

const LANGUAGES: Record<LanguageKind, Language> = {
  python: { mayTell: isPython, read: pythonPackagesOf },
  npm: { mayTell: isNpm, read: npmPackagesOf },
  gem: { mayTell: isGem, read: gemsOf },
  go: { mayTell: mayBeGo, read: goPackagesOf }
}

/** Packages of languages below some paths; undefined every so often: breathe then. Throws `limit-bytes`. */
export function* languagePackages(
  kinds: readonly LanguageKind[],
  walk: Walk,
  budget: ReadBudget
): Generator<Package | undefined> {
  const languages = kinds.map(kind => LANGUAGES[kind])
  for (const file of walk.files()) {
    if (file === undefined) {
      yield undefined
      continue
    }
    try {
      for (const language of languages)
        if (language.mayTell(file) && !walk.refuses(file)) yield* language.read(file, walk, budget)
    } catch (error) {
      if (codeOf(error) === 'limit-bytes') throw error
      walk.count.missed(error)
    }
  }
}
