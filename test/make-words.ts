import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { FOLLOWED, SECTIONS_LEFT_OUT, SERVERS } from './make-words-choice.ts'
import { ROOT } from './source-tree.ts'

/**
 * node test/make-words.ts DIR: makes console/ordinary/*.txt out of the index files of a Debian mirror: DIR holds them
 * unpacked, as `packages.txt` (main/binary-amd64/Packages), `amd64.txt` and `all.txt` (main/Contents-amd64, -all). They say
 * which package has which file: facts, names alone; nothing of what is in a package is read. What other distributions call
 * differently stands in console/ordinary/others.txt, which is written by hand. `node test/pack-words.ts` comes after it.
 */

interface Package {
  readonly name: string
  readonly section: string
  readonly priority: string
  readonly needs: readonly string[]
  /** What it was built from. */
  readonly source: string
}

/** Words of one kind, with in how many packages each is. */
type Words = Map<string, number>

const UNIT = /\.(service|timer|socket|target|path|mount|slice|scope|automount)$/
const LONGEST = 60

const readPackages = (text: string): Map<string, Package> =>
  new Map(
    text.split('\n\n').flatMap(record => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(record)?.[1] ?? ''
      const name = field('Package')
      if (name === '') return []
      // The first of alternatives is what is installed.
      const needs = `${field('Pre-Depends')},${field('Depends')}`
        .split(',')
        .map(one => /[a-z0-9][a-z0-9+.-]+/.exec(one)?.[0] ?? '')
      return [
        [
          name,
          {
            name,
            section: field('Section'),
            priority: field('Priority'),
            needs,
            source: field('Source').split(' ')[0]!
          }
        ]
      ]
    })
  )

/** What is on ordinary servers: what every system has, some servers, and what either needs. */
const ordinaryOf = (packages: ReadonlyMap<string, Package>): Set<string> => {
  const all = new Set<string>()
  const open = [...packages.values()]
    .filter(({ priority }) => ['required', 'important', 'standard'].includes(priority))
    .map(({ name }) => name)
    .concat(SERVERS)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const one = packages.get(name)
    if (one === undefined || all.has(name)) continue
    all.add(name)
    open.push(...one.needs)
  }
  return all
}

const take = (words: Words, word: string): void => {
  if (word === '' || Buffer.byteLength(word) > LONGEST || !/^[\x21-\x7e]+$/.test(word)) return
  words.set(word, (words.get(word) ?? 0) + 1)
}

/** Components of the paths that follow one another in a file of contents: `usr/bin/find   utils/findutils`. */
const readContents = async (
  path: string,
  ordinary: ReadonlySet<string>,
  found: { paths: Words; programs: Words; units: Words }
): Promise<void> => {
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const [, file, owners] = /^(\S.*?)\s+(\S+)$/.exec(line) ?? []
    if (file === undefined) continue
    const components = file.split('/')
    const name = components.at(-1)!
    const isProgram = /(^|\/)s?bin\/[^/]+$/.test(file)
    const isOrdinary = owners!.split(',').some(owner => ordinary.has(owner.split('/').at(-1)!))
    if (UNIT.test(name) && /(^|\/)systemd\//.test(file)) take(found.units, name)
    if (isProgram && (isOrdinary || /sbin\//.test(file))) take(found.programs, name)
    const followed = FOLLOWED.find(({ below }) => below.test(file))
    if (!isOrdinary || followed === undefined) continue
    for (const component of components.slice(0, followed.depth)) take(found.paths, component)
  }
}

const save = (kind: string, words: Iterable<string>): void => {
  const sorted = [...new Set(words)].sort()
  writeFileSync(join(ROOT, 'console/ordinary', `${kind}.txt`), `${sorted.join('\n')}\n`)
  console.log(`${kind}: ${sorted.length} words`)
}

const main = async (directory: string): Promise<void> => {
  const packages = readPackages(readFileSync(join(directory, 'packages.txt'), 'utf8'))
  const ordinary = ordinaryOf(packages)
  const found = { paths: new Map(), programs: new Map(), units: new Map() }
  for (const contents of ['amd64.txt', 'all.txt'])
    await readContents(join(directory, contents), ordinary, found)
  save('paths', found.paths.keys())
  save('programs', found.programs.keys())
  save('units', found.units.keys())
  save(
    'packages',
    [...packages.values()]
      .filter(({ name, section }) => ordinary.has(name) || !SECTIONS_LEFT_OUT.test(`${section} ${name}`))
      .flatMap(({ name, source }) => (source === '' ? [name] : [name, source]))
  )
}

await main(process.argv[2] ?? '.')
