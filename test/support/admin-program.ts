import { command as enrol } from '../../console/commands/enrol.ts'
import { command as key } from '../../console/commands/key.ts'
import { command as lock } from '../../console/commands/lock.ts'
import { command as mesh } from '../../console/commands/mesh.ts'
import { command as sign } from '../../console/commands/sign.ts'
import { runProgram } from '../../src/cli/program.ts'

/** The commands of the admins alone, as a program: quicker to start than the whole console. */
process.exitCode = await runProgram('gumshoe', process.argv.slice(2), [key, mesh, enrol, sign, lock])
