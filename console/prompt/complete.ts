import type { Command } from '../../src/cli/command.ts'
import { nameOf, type Shape, shapeAt } from '../../src/cli/shape.ts'
import { FACT_NAMES, KEYWORDS } from '../../src/documents/facts.ts'
import { MODULES } from '../../src/modules/index.ts'
import { History } from '../history.ts'
import { cachedHosts } from '../host-cache.ts'
import { KnownWords } from '../known-words.ts'
import { wordsSoFar } from './words.ts'

/** Completes what is typed at the prompt: commands, flags and their values, tags and hosts of targets, short names of actions. */
export const completer =
  (home: string, commands: readonly Command[]) =>
  (line: string): [string[], string] => {
    // Inside a target several names stand in one word: only the last of them is completed.
    const fragment = /[^\s'"(),|]*$/.exec(line)![0]
    return [
      candidates(home, commands, line)
        .filter(name => name.startsWith(fragment))
        .sort(),
      fragment
    ]
  }

const candidates = (home: string, commands: readonly Command[], line: string): string[] => {
  const words = wordsSoFar(line)
  const before = words.slice(0, -1)
  const typing = words.at(-1) ?? ''
  const piped = line
    .slice(0, line.length - typing.length)
    .trimEnd()
    .endsWith('|')
  if (piped) return ['grep ']
  const shape = shapeAt(commands, before)
  if (shape === undefined) return before.length === 0 ? [...namesOf(commands), 'exit '] : []
  const last = before.at(-1)!
  if (last === '-t' || last === '--target') return targetWords(home)
  if (shape.name === 'compose' && last === '--op') return operationWords(typing)
  if (shape.name === 'compose' && last === '--when') return whenWords(home, before)
  if (last.startsWith('--') && !shape.booleans.includes(last.slice(2)))
    return shape.choices[last.slice(2)]?.map(choice => `${choice} `) ?? valueWords(home, last)
  if (typing.startsWith('-')) return [...shape.flags.map(flag => `--${flag} `), '--help ']
  return positionalWords(home, commands, shape, before)
}

const namesOf = (commands: readonly Command[]): string[] =>
  commands.flatMap(command => [
    `${nameOf(command)} `,
    ...[command.aliases ?? []].flat().map(alias => `${alias} `)
  ])

const positionalWords = (
  home: string,
  commands: readonly Command[],
  shape: Shape,
  before: readonly string[]
): string[] => {
  const below = shape.commands.map(name => `${name} `)
  if (shape.path === 'odd') return [...below, ...actionWords(home)]
  if (below.length > 0) return below
  if (shape.path === 'known forget') return new KnownWords(home).list().map(({ name }) => `${name} `)
  if (shape.name === 'help') return [...namesOf(commands), 'target ']
  const position = before.filter(word => !word.startsWith('-')).length - shape.path.split(' ').length
  const wanted = shape.positionals[position] ?? ''
  if (/action/.test(wanted)) return actionWords(home)
  if (/host/.test(wanted)) return hostWords(home)
  if (/from/.test(wanted)) return [...hostWords(home), ...actionWords(home)]
  return []
}

const actionWords = (home: string): string[] => new History(home).list().map(({ short }) => `${short} `)

const hostWords = (home: string): string[] => cachedHosts(home).map(({ name }) => `${name} `)

const valueWords = (home: string, flag: string): string[] => (flag === '--widens' ? actionWords(home) : [])

/** Inside of one operation: modules, then the flags of the one that is named. */
const operationWords = (typing: string): string[] => {
  const [module, ...rest] = wordsSoFar(typing.replace(/^[a-z0-9._-]+:\s+/, ''))
  if (rest.length === 0) return MODULES.map(({ name }) => `${name} `)
  const spec = MODULES.find(({ name }) => name === module)
  const flag = spec?.flags[rest.at(-2)?.replace(/^--/, '') ?? '']
  if (flag !== undefined && flag.type !== 'boolean') return (flag.values ?? []).map(value => `${value} `)
  return Object.keys(spec?.flags ?? {}).map(name => `--${name} `)
}

/** Names of the operations on this line, and of actions of before. */
const whenWords = (home: string, before: readonly string[]): string[] => {
  const named = before.flatMap((word, i) =>
    before[i - 1] === '--op' ? (/^([a-z0-9._-]+):\s/.exec(word)?.[1] ?? []) : []
  )
  const actions = actionWords(home).map(name => name.trim())
  return [
    ...named.map(name => `${name}: `),
    'found(',
    'answered(',
    ...[...named, ...actions].map(name => `${name})`)
  ]
}

/** Tags and facts as they stand in this fleet, and the words of the grammar. */
const targetWords = (home: string): string[] => {
  const hosts = cachedHosts(home)
  const tags = new Set(hosts.flatMap(({ tags: own }) => own))
  const words = new Set(hosts.flatMap(({ facts }) => (facts ? [`os=${facts.os}`, `arch=${facts.arch}`] : [])))
  return [
    ...tags,
    ...words,
    ...hosts.map(({ name }) => `hostname=${name}`),
    ...Object.keys(FACT_NAMES),
    ...KEYWORDS.map(word => (['found', 'answered'].includes(word) ? `${word}(` : word)),
    ...new Set([...tags].map(tag => `${tag.split('=')[0]}=`))
  ]
}
