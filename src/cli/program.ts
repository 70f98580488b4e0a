import yargs, { type Argv, type CommandModule } from 'yargs'
import { GumshoeError } from '../errors.ts'
import { tellError } from './exit.ts'
import { homeOf, type Program } from './home.ts'

// biome-ignore lint/suspicious/noExplicitAny: yargs has each command's arguments as its own type.
export type Command = CommandModule<any, any>

/** The frame of the three programs: strict commands, --home, help with examples, and exit statuses from codes. Resolves to the exit status. */
export const runProgram = async (
  program: Program,
  argv: readonly string[],
  commands: readonly Command[],
  options: { epilogue: string; extend?: (parser: Argv) => Argv } = { epilogue: '' }
): Promise<number> => {
  let failure: unknown
  const parser = yargs()
    .scriptName(program)
    .usage('$0 COMMAND [options]')
    .option('home', {
      type: 'string',
      describe: 'Directory of what is its own',
      default: homeOf(program, undefined),
      coerce: (given: string) => homeOf(program, given),
      global: true
    })
    .strict()
    .recommendCommands()
    .demandCommand(1, 1, 'Say which command; --help lists them.', 'One command at a time.')
    .help()
    .alias('help', 'h')
    .version(VERSION)
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .epilogue(options.epilogue)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      throw (
        error ??
        new GumshoeError('usage', message, { fix: `${program} --help, or ${program} COMMAND --help.` })
      )
    })
  for (const command of commands) parser.command(command)
  try {
    await (options.extend?.(parser) ?? parser).parseAsync([...argv])
  } catch (error) {
    failure = error
  }
  return failure === undefined ? Number(process.exitCode ?? 0) : tellError(failure)
}

/** The version of the package; a test holds it to package.json, since a bundle can't read files beside it. */
export const VERSION = '0.1.0'
