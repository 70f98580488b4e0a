import yargs, { type Argv } from 'yargs'
import type { Command } from './command.ts'

/** What a command takes, read from its own builder: for completion, and for saying what was probably meant. */
export interface Shape {
  readonly name: string
  /** The whole command as it is typed: `mesh add`. */
  readonly path: string
  readonly aliases: readonly string[]
  /** Positionals as they are written: `<action>`, `[host]`. */
  readonly positionals: readonly string[]
  /** Long flags without dashes. */
  readonly flags: readonly string[]
  /** Flags that take no value. */
  readonly booleans: readonly string[]
  readonly choices: Readonly<Record<string, readonly string[]>>
  readonly commands: readonly string[]
  /** The shape of a command below it. */
  below(name: string): Shape | undefined
}

interface Options {
  readonly key: Record<string, unknown>
  readonly alias: Record<string, readonly string[]>
  readonly boolean: readonly string[]
  readonly choices: Record<string, readonly string[]>
}

/** Commands that a builder registers are caught instead of being run. */
export const shapeOf = (command: Command, above = ''): Shape => {
  const [name = '', ...positionals] = String([command.command].flat()[0]).split(' ')
  const below: Command[] = []
  const parser = yargs()
  const register = parser.command.bind(parser) as (...given: unknown[]) => Argv
  parser.command = ((...given: unknown[]) => {
    if (given.length === 1) below.push(given[0] as Command)
    return register(...given)
  }) as never
  if (typeof command.builder === 'function') command.builder(parser as never)
  const options = (parser as unknown as { getOptions(): Options }).getOptions()
  const aliases = Object.values(options.alias).flat()
  const path = `${above} ${name}`.trim()
  return {
    name,
    path,
    aliases: [command.aliases ?? []].flat(),
    positionals,
    flags: [...new Set([...Object.keys(options.key), ...aliases])].filter(
      flag => flag.length > 1 && !positionals.some(word => word.replace(/[<>[\].]/g, '') === flag)
    ),
    booleans: options.boolean,
    choices: options.choices,
    commands: below.map(nameOf),
    below: wanted => {
      const found = below.find(command => nameOf(command) === wanted)
      return found && shapeOf(found, path)
    }
  }
}

/** `show <action>` → `show`. */
export const nameOf = (command: Command): string => String([command.command].flat()[0]).split(' ')[0]!

/** The shape of the innermost command that these words name. */
export const shapeAt = (commands: readonly Command[], words: readonly string[]): Shape | undefined => {
  const command = commands.find(
    candidate => nameOf(candidate) === words[0] || [candidate.aliases ?? []].flat().includes(words[0] ?? '')
  )
  let shape = command && shapeOf(command)
  for (const word of words.slice(1)) {
    const next = word.startsWith('-') ? undefined : shape?.below(word)
    if (next === undefined) break
    shape = next
  }
  return shape
}
