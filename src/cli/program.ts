import yargs, { type Argv } from 'yargs'
import { GumshoeError } from '../errors.ts'
import { keepAddonsIn } from '../run/addon.ts'
import type { Command } from './command.ts'
import { tellError } from './exit.ts'
import { homeOf, type Program } from './home.ts'
import { nearest } from './nearest.ts'
import { resultSink } from './out.ts'
import { nameOf, shapeAt, shapeOf } from './shape.ts'

/** The frame of the three programs: strict commands, --home, help with examples, and exit statuses from codes. Resolves to the exit status. */
export const runProgram = async (
  program: Program,
  argv: readonly string[],
  commands: readonly Command[],
  options: { epilogue: string; extend?: (parser: Argv) => Argv } = { epilogue: '' }
): Promise<number> => {
  guardProcess()
  process.exitCode = undefined
  const parser = yargs()
    .scriptName(program)
    // Screens are in one language, whatever the environment says; locales lie in files that a bundle has not.
    .detectLocale(false)
    .usage('$0 COMMAND [options]')
    .option('home', {
      type: 'string',
      describe: 'Directory of what is its own',
      default: homeOf(program, undefined),
      coerce: (given: string | string[]) => homeOf(program, [given].flat().at(-1)),
      global: true,
      requiresArg: true
    })
    .middleware(({ home }) => keepAddonsIn(String(home)))
    .middleware(given => refuseNoNumber(given, argv))
    .strict()
    .demandCommand(1, 1, NO_COMMAND, ONE_COMMAND)
    .help()
    .alias('help', 'h')
    .version(VERSION)
    .wrap(Math.min(100, process.stdout.columns || 100))
    .epilogue(options.epilogue)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      throw error && error.name !== 'YError'
        ? error
        : usageError(program, message || String(error?.message), argv, commands)
    })
  const examples = keepExamples(parser)
  for (const command of commands) parser.command(command)
  try {
    checkHelp(program, argv)
    const whole = options.extend?.(parser) ?? parser
    await whole.parseAsync([...argv], {}, (_error: unknown, _args: unknown, text: string) => {
      if (text) resultSink().write(`${text}\n${sayExamples(program, examples)}`)
    })
  } catch (error) {
    return tellError(error)
  }
  return Number(process.exitCode ?? 0)
}

/** By the words of a command: its examples, each with what it shows. */
type Examples = Map<string, Map<string, string>>

/** Examples are kept from yargs, which folds them: a line that is to be pasted stays one line. */
const keepExamples = (parser: Argv): Examples => {
  const kept: Examples = new Map()
  const inside = () =>
    (parser as unknown as { getInternalMethods(): { getContext(): { commands: string[] } } })
      .getInternalMethods()
      .getContext()
      .commands.join(' ')
  const example = (command: string, title = '') => {
    const own = kept.get(inside()) ?? new Map<string, string>()
    kept.set(inside(), own.set(command, title))
    return parser
  }
  Object.assign(parser, { example })
  return kept
}

/** Those of the innermost command. */
const sayExamples = (program: Program, examples: Examples): string => {
  const [, own] = [...examples].sort(([a], [b]) => b.length - a.length)[0] ?? []
  const lines = [...(own ?? [])].flatMap(([command, title]) => [
    `  ${command.replaceAll('$0', program)}`,
    ...(title === '' ? [] : [`      ${title}`])
  ])
  return lines.length === 0 ? '' : ['\nExamples:', ...lines].map(line => `${line}\n`).join('')
}

const NO_COMMAND = 'Say which command; --help lists them.'
const ONE_COMMAND = 'One command at a time.'

/** Commands that take a module. */
const OF_MODULES = ['local', 'odd']

/** A flag that wants a number and got something else: yargs says NaN, whatever was typed. Throws `usage`. */
const refuseNoNumber = (given: Record<string, unknown>, argv: readonly string[]): void => {
  for (const [name, value] of Object.entries(given)) {
    if (![value].flat().some(one => Number.isNaN(one))) continue
    const at = argv.findIndex(word => word.split('=')[0] === `--${name}`)
    if (at === -1) continue
    const typed = argv[at]!.includes('=') ? argv[at]!.slice(name.length + 3) : (argv[at + 1] ?? '')
    throw new GumshoeError('usage', `--${name} ${typed}: this is no number.`)
  }
}

/** What yargs found wrong, as a sentence that names it and, where something is near, what was meant. */
const usageError = (
  program: Program,
  message: string,
  argv: readonly string[],
  commands: readonly Command[]
): GumshoeError => {
  const words = wordsOf(argv)
  const shape = shapeAt(commands, words)
  const fix = `${program} --help, or ${program} ${shape?.path ?? 'COMMAND'} --help.`
  const usage = (sentence: string) => new GumshoeError('usage', sentence, { fix })
  const lacksWords = /^Not enough non-option arguments/.test(message)
  const stray =
    message === NO_COMMAND || (lacksWords && (shape?.commands.length ?? 0) > 0)
      ? strayFlag(program, words, commands)
      : undefined
  if (stray !== undefined) return usage(stray)
  const unknown = /^Unknown (?:arguments?|commands?): ([^,]+)/.exec(message)?.[1]
  const first = words.find(word => !word.startsWith('-'))
  if (
    (unknown !== undefined || message.startsWith(ONE_COMMAND)) &&
    shape === undefined &&
    first !== undefined &&
    !commands.some(command => nameOf(command) === first)
  )
    return usage(`There is no command ${first}${orMeant(nearest(first, commands.map(nameOf)))}`)
  const below = shape && words[shape.path.split(' ').length]
  if (shape && shape.commands.length > 0 && below !== undefined && !below.startsWith('-')) {
    const meant = orMeant(nearest(below, shape.commands))
    if (!OF_MODULES.includes(shape.path))
      return usage(`There is no command ${below} in ${program} ${shape.path}${meant}`)
    return new GumshoeError('usage', `There is no module ${below}${meant}`, {
      fix: `${program} ${shape.path} --help lists them.`
    })
  }
  if (unknown !== undefined) {
    const typed = words.find(word => word.replace(/^--?/, '').split('=')[0] === unknown) ?? unknown
    const isFlag = typed.startsWith('-')
    const names = isFlag
      ? [...(shape?.flags ?? []), 'home', 'help', 'version']
      : (shape?.commands ?? commands.map(nameOf))
    const meant = nearest(unknown, names)
    return usage(
      `There is no ${isFlag ? 'flag' : 'command'} ${typed.split('=')[0]}${shape ? ` in ${program} ${shape.path}` : ''}${orMeant(meant && `${isFlag ? '--' : ''}${meant}`)}`
    )
  }
  if (lacksWords && shape) {
    const needs =
      shape.commands.length > 0 ? `one of ${shape.commands.join(', ')}` : shape.positionals.join(' ')
    return usage(`${shape.path} needs ${needs}.`)
  }
  const [, name, given, choices] =
    /Argument: (\S+), Given: "([^"]*)", Choices: (.+)/.exec(message.replaceAll('\n', ' ')) ?? []
  if (name !== undefined && given !== undefined && choices !== undefined && shape) {
    const all = [...choices.matchAll(/"([^"]*)"/g)].map(([, choice]) => choice!)
    const flag = shape.flags.includes(name) ? `--${name}` : `<${name}>`
    return usage(
      `${shape.path} ${flag}: ${given} is none of ${all.join(', ')}${orMeant(nearest(given, all))}`
    )
  }
  const required = /^Missing required arguments?: (.+)/.exec(message)?.[1]
  if (required !== undefined && shape) {
    // yargs looks for what is missing first; a flag that was mistyped is why.
    const known = [...shape.flags, 'home', 'help', 'version']
    const odd = words
      .map(word => /^--([^=]+)/.exec(word)?.[1])
      .find(flag => flag && !known.includes(flag.replace(/^no-/, '')))
    if (odd !== undefined)
      return usage(
        `There is no flag --${odd} in ${program} ${shape.path}${orMeant(nearest(odd, known)?.replace(/^/, '--'))}`
      )
    const flags = required.split(', ').map(name => `--${name}`)
    return usage(`${shape.path} needs ${flags.join(' and ')}.`)
  }
  const missing = /^Not enough arguments following: (.+)/.exec(message)?.[1]
  if (missing !== undefined) return usage(`${missing.length > 1 ? '--' : '-'}${missing} needs a value.`)
  return usage(
    message
      .trim()
      .replace(/\s*\n\s*/g, ' ')
      .replace(/([^.?!])$/, '$1.')
  )
}

/** A flag where a command is wanted: what was probably meant, or who takes it. */
const strayFlag = (
  program: Program,
  words: readonly string[],
  commands: readonly Command[]
): string | undefined => {
  const shape = shapeAt(commands, words)
  const own = [...(shape?.flags ?? []), 'home', 'help', 'h', 'version']
  const typed = words.map(word => /^--?([^=]+)/.exec(word)?.[1]).find(flag => flag && !own.includes(flag))
  if (typed === undefined) return undefined
  const path = [program, ...(shape ? [shape.path] : [])].join(' ')
  const below = shape
    ? shape.commands.flatMap(name => shape.below(name) ?? [])
    : commands.map(command => shapeOf(command))
  const takers = below.filter(({ flags }) => flags.includes(typed)).map(one => `${program} ${one.path}`)
  const dashes = typed.length > 1 ? '--' : '-'
  const sentence = `There is no flag ${dashes}${typed} in ${path} without a command`
  if (takers.length > 0)
    return `${sentence}; ${takers.slice(0, 3).join(', ')}${takers.length > 3 ? ' and others' : ''} ${takers.length > 1 ? 'take' : 'takes'} it.`
  const flags = [...own, ...below.flatMap(one => one.flags)]
  const meant = typed.length > 1 ? nearest(typed, flags) : undefined
  return `${sentence}${orMeant(meant && `--${meant}`)}`
}

/** What was typed, without the home. */
const wordsOf = (argv: readonly string[]): string[] =>
  argv.filter((word, i) => !/^--home(=|$)/.test(word) && argv[i - 1] !== '--home')

/** The end of a sentence: what was probably meant. */
export const orMeant = (meant: string | undefined): string => (meant ? `; did you mean ${meant}?` : '.')

/** yargs takes `help` without a topic for --help, and looks at nothing that stands beside it. Throws `usage`. */
const checkHelp = (program: Program, argv: readonly string[]): void => {
  const [first, ...rest] = wordsOf(argv)
  const known = ['--help', '-h', '--version']
  if (first !== 'help' || rest.some(word => !word.startsWith('-'))) return
  const odd = rest.find(word => !known.includes(word))
  if (odd === undefined) return
  throw new GumshoeError('usage', `There is no flag ${odd.split('=')[0]} in ${program} help.`, {
    fix: `${program} --help, or ${program} help COMMAND.`
  })
}

let guarded = false

/** A reader that has gone away (`| head`) ends the program quietly; what nobody caught ends it with a sentence. */
const guardProcess = (): void => {
  if (guarded) return
  guarded = true
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', error => {
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(Number(process.exitCode ?? 0))
      throw error
    })
  process.on('uncaughtException', error => process.exit(tellError(error)))
}

/** The version of the package; a test holds it to package.json, since a bundle can't read files beside it. */
export const VERSION = '0.1.0'
