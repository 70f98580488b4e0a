import { homeOf } from '../src/cli/home.ts'
import { compileApart } from '../src/cli/options.ts'
import { withResultsTo } from '../src/cli/out.ts'
import { runProgram } from '../src/cli/program.ts'
import { EXIT } from '../src/errors.ts'
import { isRole } from '../src/run/role.ts'
import { COMMANDS } from './commands/index.ts'

/** gumshoe: asks a fleet, signed with the person's own key; without arguments on a terminal, the prompt. */
export const main = async (argv: readonly string[]): Promise<number> => {
  if (isRole(argv[0])) return (await import('../src/run/roles.ts')).playRole(argv[0], argv[1])
  compileApart()
  const home = homeAlone(argv)
  if (home === undefined) return runProgram('gumshoe', argv, COMMANDS, { epilogue: EPILOGUE })
  if (process.stdin.isTTY && process.stdout.isTTY)
    return (await import('./prompt/prompt.ts')).runPrompt(homeOf('gumshoe', home || undefined), COMMANDS)
  const sink = { write: process.stderr.write.bind(process.stderr), isTTY: false, columns: 100 }
  await withResultsTo(sink, () => runProgram('gumshoe', ['--help'], COMMANDS, { epilogue: EPILOGUE }))
  return EXIT.usage
}

const EPILOGUE =
  'First: gumshoe key make NAME, then gumshoe mesh create or gumshoe mesh join. Without a command, on a terminal: the console.'

/** The home (empty: the default one) where nothing else was said; undefined where there is a command or a flag. */
const homeAlone = (argv: readonly string[]): string | undefined => {
  if (argv.length === 0) return ''
  if (argv.length === 1 && argv[0]!.startsWith('--home=')) return argv[0]!.slice('--home='.length)
  return argv.length === 2 && argv[0] === '--home' ? argv[1] : undefined
}
