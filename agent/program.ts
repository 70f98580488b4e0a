import { inside } from '../src/cli/inside.ts'
import { compileApart } from '../src/cli/options.ts'
import { ownEnrolment } from '../src/cli/personal.ts'
import { runProgram } from '../src/cli/program.ts'
import { install } from './commands/install.ts'
import { local } from './commands/local.ts'
import { run } from './commands/run.ts'
import { status } from './commands/status.ts'
import { uninstall } from './commands/uninstall.ts'
import { why } from './commands/why.ts'

/** The commands of the agent, as typed. */
export const program = (argv: readonly string[]): Promise<number> => {
  compileApart()
  const words = argv.length === 0 && isPersonal() ? ['run'] : argv
  return runProgram('gumshoe-agent', words, [run, local, why, install, status, uninstall, inside], {
    epilogue:
      'install --enrol FILE, as root, joins a mesh for good with the file of an admin, run in the foreground; local asks this machine without one.'
  })
}

/** Whoever was given an executable of his host's own has nothing to type; `run` says what is wrong with a damaged one. */
const isPersonal = (): boolean => {
  try {
    return ownEnrolment() !== undefined
  } catch {
    return true
  }
}
