import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { KINDS, type Kind } from '../console/ordinary/kinds.ts'
import { ROOT } from './source-tree.ts'

/** node test/pack-words.ts --write: packs the lists of console/ordinary, as a single executable carries them. */

const DIRECTORY = join(ROOT, 'console/ordinary')

/** Every word of each kind: of the lists made by make-words.ts, and of what is written by hand. */
export const listedWords = (): Record<Kind, string[]> => {
  const words = Object.fromEntries(KINDS.map(kind => [kind, new Set<string>()])) as Record<Kind, Set<string>>
  for (const file of readdirSync(DIRECTORY).filter(name => name.endsWith('.txt') && name !== 'others.txt'))
    for (const word of linesOf(file)) words[file.replace('.txt', '') as Kind].add(word)
  let kind: Kind = 'paths'
  for (const line of linesOf('others.txt')) {
    if (line.startsWith('# ')) continue
    if (line.startsWith('= ')) kind = line.slice(2) as Kind
    else for (const word of kind === 'commands' ? [line] : line.split(' ')) words[kind].add(word)
  }
  return Object.fromEntries(KINDS.map(kind => [kind, [...words[kind]].filter(Boolean).sort()])) as Record<
    Kind,
    string[]
  >
}

const linesOf = (file: string): string[] =>
  readFileSync(join(DIRECTORY, file), 'utf8').split('\n').filter(Boolean)

const pack = (words: readonly string[]): string =>
  brotliCompressSync(words.join('\n'), { params: { [constants.BROTLI_PARAM_LGWIN]: 22 } }).toString('base64')

if (process.argv[1] === import.meta.filename && process.argv.includes('--write')) {
  const packed = Object.entries(listedWords()).map(([kind, words]) => `  ${kind}: '${pack(words)}'`)
  writeFileSync(
    join(DIRECTORY, 'packed.ts'),
    `import type { Kind } from './kinds.ts'

// Made by \`node test/pack-words.ts --write\` of the lists beside it; do not edit.
// biome-ignore format: each is one word.
export const PACKED: Readonly<Record<Kind, string>> = {
${packed.join(',\n')}
}
`
  )
}
