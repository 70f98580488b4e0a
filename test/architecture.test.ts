import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { ERRORS } from '../src/errors.ts'
import {
  filesIn,
  importsOf,
  PROGRAMS,
  packageName,
  packagesOf,
  ROOT,
  sourceFiles,
  withoutComments
} from './source-tree.ts'

const files = sourceFiles()

/** Fails with every breach at once: one run shows the whole of what to mend. */
const none = (breaches: readonly string[]): void => assert.deepEqual(breaches, [])

const roomOf = (path: string): string => {
  const [top, room, rest] = path.split('/')
  if (top !== 'src') return top!
  return rest === undefined ? 'root' : room!
}

/** What the rooms of src may know (design 10); a file name allows just that file, for the words that two rooms share. */
const MAY: Record<string, readonly string[]> = {
  root: ['root'],
  documents: ['root', 'documents'],
  modules: ['root', 'documents', 'modules'],
  trust: ['root', 'documents', 'trust', 'src/modules/spec.ts'],
  run: ['root', 'documents', 'modules', 'run', 'src/trust/permit.ts'],
  store: ['root', 'documents', 'store', 'src/mesh/sync/ports.ts'],
  mesh: ['root', 'documents', 'trust', 'mesh'],
  // `local` runs a module in both programs that have it.
  cli: ['root', 'documents', 'modules', 'trust', 'run', 'cli'],
  agent: ['src', 'agent'],
  console: ['src', 'console'],
  'bootstrap-nodes': ['src', 'bootstrap-nodes']
}

test('the reader of imports sees every form', () => {
  const text = `import a from 'a'
import type { B } from 'b'
import {
  type C,
  d
} from '../c.ts'
import 'e'
import * as f from "f"
export { g } from './g.ts'
export const h = 'import("no")'
const i = await import('i/deep')
const j: typeof import('j') = import('./k.ts')
// import z from 'z'
`
  const seen = importsOf('src/x/y.ts', withoutComments(text)).map(({ target, when }) => `${target} ${when}`)
  for (const wanted of [
    'a now',
    'b type',
    'src/c.ts now',
    'e now',
    'f now',
    'src/x/g.ts now',
    'i/deep lazy',
    'j type',
    'src/x/k.ts lazy'
  ])
    assert.ok(seen.includes(wanted), `${wanted} is not in ${seen}`)
  assert.ok(!seen.some(import_ => import_.startsWith('z')))
  assert.equal(packageName('@libp2p/crypto/keys'), '@libp2p/crypto')
})

test('every room imports only what it may know', () => {
  none(
    files.flatMap(file =>
      file.imports
        .filter(({ target, local }) => local && !MAY[roomOf(file.path)]!.some(may => allows(may, target)))
        .map(({ target }) => `${file.path} imports ${target}`)
    )
  )
})

const allows = (may: string, target: string): boolean =>
  may === target || may === roomOf(target) || (may === 'src' && target.startsWith('src/'))

/** Libraries that are large, native or a wide attack surface, with the only places that may import them. */
const HOMES: readonly [library: RegExp, home: RegExp][] = [
  [/^(libp2p|@libp2p\/.*|@chainsafe\/libp2p-.*|@multiformats\/multiaddr)$/, /^src\/mesh\//],
  [/^openpgp$/, /^src\/trust\/pgp(-library)?\.ts$/],
  [/^(level|classic-level)$/, /^src\/store\/level\.ts$/],
  [/^koffi$/, /^src\/run\/native\.ts$/],
  [/^yargs(\/.*)?$/, /^((agent|console|bootstrap-nodes)\/(main\.ts|commands\/)|src\/cli\/)/],
  [/^(cborg|canonicalize)$/, /^src\/codec\.ts$/],
  [/^ipaddr\.js$/, /^src\/documents\/target\/address\.ts$/],
  [/^pino$/, /^src\/log\.ts$/],
  [/^@litko\/yara-x-linux-x64-gnu$/, /^src\/modules\/lib\/yara\/yara-native\.ts$/],
  [/^@virustotal\/yara-x$/, /^src\/modules\/lib\/yara\/yara-wasm\.ts$/],
  [/^re2js$/, /^src\/modules\/lib\//],
  [/^strip-json-comments$/, /^console\/ask\/composition\.ts$/],
  [/^esbuild$/, /^agent\/build\//]
]

test('heavy libraries are imported in their own place only, most of them in one file', () => {
  none(
    files.flatMap(file =>
      file.imports
        .filter(
          ({ target, local }) =>
            !local && HOMES.some(([lib, home]) => lib.test(target) && !home.test(file.path))
        )
        .map(({ target }) => `${file.path} imports ${target}`)
    )
  )
  // Types of yargs are for everyone who builds a command; it runs in three places of src/cli.
  const running = files
    .filter(
      f => f.path.startsWith('src/cli/') && f.imports.some(i => /^yargs/.test(i.target) && i.when !== 'type')
    )
    .map(f => f.path)
  assert.deepEqual(running, ['src/cli/flag-words.ts', 'src/cli/program.ts', 'src/cli/shape.ts'])
})

const HEAVY = /^(libp2p|@libp2p\/.*|@chainsafe\/libp2p-.*|openpgp|level|classic-level|yargs)$/
const heavyIn = (from: string, lazily: boolean): string[] =>
  [...packagesOf(files, from, lazily)]
    .filter(([name]) => HEAVY.test(name))
    .map(([name, by]) => `${from} → ${by} → ${name}`)

test('the module child, the fence and every module load no libp2p, openpgp, level or yargs', () => {
  const light = files.filter(({ path }) => /^src\/(modules|run)\//.test(path))
  assert.ok(light.length > 0)
  none(light.flatMap(({ path }) => heavyIn(path, true)))
})

test('what a program loads before it knows its role is light', () => {
  for (const program of PROGRAMS) {
    const main = `${program}/main.ts`
    if (files.some(file => file.path === main))
      none(heavyIn(main, false).filter(breach => !breach.endsWith('yargs')))
  }
})

test('every import names a file that exists, with its .ts, or a package that package.json pins', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8')
  ) as Record<string, Record<string, string>>
  const paths = new Set(files.map(file => file.path))
  none(
    files.flatMap(file =>
      file.imports
        .filter(({ target, local }) => {
          if (local)
            return !(paths.has(target) || (target.endsWith('.json') && existsSync(join(ROOT, target))))
          if (isBuiltin(target)) return !target.startsWith('node:')
          return (
            dependencies![packageName(target)] === undefined &&
            !(file.path.startsWith('agent/build/') && devDependencies![packageName(target)])
          )
        })
        .map(({ target }) => `${file.path} imports ${target}`)
    )
  )
  none(
    Object.entries({ ...dependencies, ...devDependencies })
      .filter(([, v]) => !/^(npm:.*@)?\d/.test(v))
      .map(String)
  )
})

test('no files need each other in a circle, not even for a type', () => {
  const needs = new Map(
    files.map(({ path, imports }) => [
      path,
      new Set(imports.flatMap(({ target, local }) => (local ? target : [])))
    ])
  )
  for (let before = -1; before !== needs.size; ) {
    before = needs.size
    const needed = new Set([...needs.values()].flatMap(targets => [...targets]))
    for (const [path, targets] of needs)
      if (!needed.has(path) || ![...targets].some(target => needs.has(target))) needs.delete(path)
  }
  none([...needs.keys()])
})

/** Forms that the bundle to one CommonJS file, or the house's own rules, exclude. The tour is a script for a demonstration. */
const FORBIDDEN: readonly [what: string, form: RegExp, except: RegExp][] = [
  ['top-level await', /^(await|const [^=\n]+ = await|for await)\b/m, /^$/],
  // Neither engine of YARA can be bundled: they are found beside the code, or are an asset.
  [
    'import.meta',
    /\bimport\.meta\b/,
    /^(console\/tour|agent\/build)\/|^src\/modules\/lib\/yara\/yara-(native|wasm)\.ts$/
  ],
  ['an import by computed path', /\bimport\(\s*[^'"\s]/, /^$/],
  // What the build puts into bundles is CommonJS.
  ['require()', /(?<![.\w])require\(/, /^agent\/build\//],
  ['meaning in constructor.name', /\bconstructor\.name\b/, /^$/],
  ['a re-export: no barrels', /^export\s+(type\s+)?(\*|\{[^}]*\})[^\n]*\sfrom\s/m, /^$/],
  [
    'time from the machine instead of a Clock',
    /\b(Date\.now|performance\.now)\(|new Date\(\)/,
    /^(src\/clock\.ts$|console\/tour\/)/
  ],
  ['chance that is not from node:crypto', /\bMath\.random\(/, /^$/]
]

test('the code stays bundleable and within the rules of the house', () => {
  none(
    files.flatMap(({ path, text }) => {
      const code = withoutComments(text)
      return FORBIDDEN.filter(([, form, except]) => !except.test(path) && form.test(code)).map(
        ([what]) => `${path}: ${what}`
      )
    })
  )
})

test('no source file is longer than 300 lines', () => {
  // Each is one table, as long as there are codes or bounds.
  const tables = ['src/errors.ts', 'src/limits.ts']
  const long = files.filter(({ path, text }) => !tables.includes(path) && text.split('\n').length > 301)
  none(long.map(({ path, text }) => `${path}: ${text.split('\n').length - 1} lines`))
})

test('tests mirror the tree: each is named after its file, its room, a standard, or a defect that must not come back', () => {
  const breaches = ['src', ...PROGRAMS]
    .flatMap(top => filesIn(`test/${top}`, '.test.ts'))
    .filter(path => {
      const source = path.replace(/^test\//, '').replace(/\.test\.ts$/, '')
      const [room, name] = [dirname(source), basename(source)]
      if (basename(room) === 'regressions') return !existsSync(join(ROOT, dirname(room)))
      const named =
        ['ts', 'cjs'].some(end => existsSync(join(ROOT, `${source}.${end}`))) ||
        name === basename(room) ||
        /^rfc\d+$/.test(name)
      return !named || !existsSync(join(ROOT, room))
    })
  none(breaches.map(path => `${path} tests a file that there is not`))
})

test('every attack is named after its row and opens with who attacks', () => {
  for (const path of filesIn('test/attacks', '.test.ts')) {
    assert.match(path, /^test\/attacks\/T\d\d-[a-z0-9-]+\.test\.ts$/)
    const text = readFileSync(join(ROOT, path), 'utf8')
    assert.match(
      text,
      /\/\*\*|\/\/ /,
      `${path} says in a sentence who attacks, for what, and what must happen`
    )
  }
})

test('no test is skipped', () => {
  none(
    filesIn('test', '.ts').filter(
      path =>
        path !== 'test/architecture.test.ts' &&
        /\b(test|it|describe)\.(skip|only|todo)\b|\bskip:/.test(readFileSync(join(ROOT, path), 'utf8'))
    )
  )
})

test('every row of SECURITY.md names a test that exists, and every attack stands in a row', () => {
  const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')
  const rows = text.split('\n').filter(line => /^\| *T\d+/.test(line))
  assert.ok(rows.length >= 16, `only ${rows.length} rows`)
  const named = new Set<string>()
  for (const row of rows) {
    const paths = [...row.matchAll(/test\/[\w./-]+\.ts/g)].map(([path]) => path)
    assert.ok(paths.length > 0, `no test: ${row.slice(0, 80)}`)
    for (const path of paths) {
      assert.ok(existsSync(join(ROOT, path)), `${path} does not exist`)
      const [, id] = /^test\/attacks\/T(\d\d)-/.exec(path) ?? []
      assert.ok(!id || row.startsWith(`| T${Number(id)} |`), `${path} stands in the row of another attack`)
      named.add(path)
    }
  }
  none(
    filesIn('test/attacks', '.test.ts')
      .filter(path => !named.has(path))
      .map(path => `${path} stands in no row`)
  )
})

test('every error code is said somewhere, and every one has its meaning and fix', () => {
  const said = new Set(
    files
      .filter(({ path }) => path !== 'src/errors.ts')
      .flatMap(({ text }) =>
        [...withoutComments(text).matchAll(/'([a-z]+(?:-[a-z]+)*)'/g)].map(([, code]) => code!)
      )
  )
  none(Object.keys(ERRORS).filter(code => !said.has(code)))
  for (const { meaning, fix } of Object.values(ERRORS)) {
    assert.match(meaning, /^[A-Z].*\.$/)
    assert.match(fix, /^\S.*\.$/)
  }
})
