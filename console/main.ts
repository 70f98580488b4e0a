import { runProgram } from '../src/cli/program.ts'
import { isRole } from '../src/run/role.ts'
import { COMMANDS } from './commands/index.ts'

/** gumshoe: asks a fleet, signed with the person's own key; without arguments on a terminal, the prompt. */
export const main = async (argv: readonly string[]): Promise<number> => {
  if (isRole(argv[0])) return (await import('../src/run/roles.ts')).playRole(argv[0])
  return runProgram('gumshoe', argv, COMMANDS, {
    epilogue:
      'First: gumshoe key make NAME, then gumshoe mesh create or gumshoe mesh join. Without a command, on a terminal: the console.'
  })
}
