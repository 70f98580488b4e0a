import { inside } from '../src/cli/inside.ts'
import { runProgram } from '../src/cli/program.ts'
import { audit } from './commands/audit.ts'
import { init } from './commands/init.ts'
import { run } from './commands/run.ts'

/** gumshoe-bootstrap: introduces peers, holds open questions for hosts that come late, keeps answers that it can't read. */
export const main = (argv: readonly string[]): Promise<number> =>
  runProgram('gumshoe-bootstrap', argv, [init, run, audit, inside], {
    epilogue:
      'First init, then hand the printed line to an admin, then run --charter FILE. Whoever takes this node over can neither command, forge, alter nor read.'
  })
