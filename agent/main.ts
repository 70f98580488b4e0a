import { inside } from '../src/cli/inside.ts'
import { runProgram } from '../src/cli/program.ts'
import { isRole } from '../src/run/role.ts'
import { local } from './commands/local.ts'
import { run } from './commands/run.ts'
import { why } from './commands/why.ts'

/** gumshoe-agent: answers for its own host; checks every signature itself, runs modules fenced, seals what leaves. */
export const main = async (argv: readonly string[]): Promise<number> => {
  if (isRole(argv[0])) return (await import('../src/run/roles.ts')).playRole(argv[0])
  return runProgram('gumshoe-agent', argv, [run, local, why, inside], {
    epilogue: 'run --enrol FILE joins a mesh with the file of an admin; local asks this machine without one.'
  })
}
