import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

/** The house as text: its files and what each imports, by regular expression, so that rules about it can be tests. */

export const ROOT = join(import.meta.dirname, '..')
export const PROGRAMS = ['agent', 'bootstrap-nodes', 'console'] as const

export interface Import {
  /** A path from the root for files of the house (`src/limits.ts`), else the bare name as written. */
  readonly target: string
  readonly local: boolean
  /** `type` is erased, `lazy` is loaded only when reached, `now` with the file. */
  readonly when: 'type' | 'lazy' | 'now'
}

export interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

const STATEMENT = /(?:^|\n)[ \t]*(import|export)\s+(type\s)?(?:[^'"`;=()]*?\sfrom\s+)?['"]([^'"\n]+)['"]/g
const LAZY = /(typeof\s+)?\bimport\(\s*['"]([^'"\n]+)['"]/g

/** What a file imports, in the order of its forms: statements, then import(). */
export const importsOf = (path: string, text: string): Import[] => {
  const found: Import[] = []
  const add = (name: string, when: Import['when']) => {
    const local = name.startsWith('.')
    found.push({ target: local ? normalize(join(dirname(path), name)) : name, local, when })
  }
  for (const [, , type, name] of text.matchAll(STATEMENT)) add(name!, type === undefined ? 'now' : 'type')
  for (const [, type, name] of text.matchAll(LAZY)) add(name!, type === undefined ? 'lazy' : 'type')
  return found
}

/** Comments blanked out, so that a rule about code is not about words; strings are left alone. */
export const withoutComments = (text: string): string =>
  text.replace(
    /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (all, string) => (string === undefined ? ' ' : all)
  )

const walk = function* (directory: string): Generator<string> {
  if (!existsSync(directory)) return
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue
    const path = join(directory, entry.name)
    if (entry.isDirectory()) yield* walk(path)
    else yield path
  }
}

/** Every file below a directory of the house, as paths from the root, sorted. */
export const filesIn = (directory: string, ends: string): string[] =>
  [...walk(join(ROOT, directory))]
    .map(path => relative(ROOT, path))
    .filter(path => path.endsWith(ends))
    .sort()

/** Every source file of src and the three programs. */
export const sourceFiles = (): SourceFile[] =>
  ['src', ...PROGRAMS].flatMap(top =>
    filesIn(top, '.ts').map(path => {
      const text = readFileSync(join(ROOT, path), 'utf8')
      return { path, text, imports: importsOf(path, withoutComments(text)) }
    })
  )

/** Every package that a file loads, itself and through what it imports; `lazily` follows lazy imports too. */
export const packagesOf = (
  files: readonly SourceFile[],
  from: string,
  lazily: boolean
): Map<string, string> => {
  const byPath = new Map(files.map(file => [file.path, file]))
  const seen = new Set<string>()
  const packages = new Map<string, string>()
  const open = [from]
  while (open.length > 0) {
    const path = open.pop()!
    if (seen.has(path)) continue
    seen.add(path)
    for (const { target, local, when } of byPath.get(path)?.imports ?? []) {
      if (when === 'type' || (when === 'lazy' && !lazily)) continue
      if (local) open.push(target)
      else packages.set(packageName(target), path)
    }
  }
  return packages
}

/** `@libp2p/crypto/keys` → `@libp2p/crypto`. */
export const packageName = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
