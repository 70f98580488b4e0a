import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { CommandModule } from 'yargs'
import { makeOutput } from '../../src/cli/out.ts'
import { systemClock } from '../../src/clock.ts'
import { codeOf, type ErrorCode, EXIT } from '../../src/errors.ts'
import { fenceOf } from '../../src/run/fence.ts'
import { openHome } from '../home.ts'
import { EXECUTABLE, USER } from '../install/files.ts'
import { installedInits, type Service, serviceFor } from '../install/service.ts'
import { systemTools } from '../install/tools.ts'
import { homeMeant } from './install.ts'

export const status: CommandModule<{ home: string }, { home: string }> = {
  command: 'status',
  describe:
    'What is installed on this host, as whom it is enrolled, and whether it runs (exit status 3: not, or revoked)',
  builder: yargs => yargs.example('sudo $0 status', ''),
  handler: async ({ home: said }) => {
    const home = homeMeant(said)
    const [init] = installedInits()
    const service = init && serviceFor(init, { argv: [], home }, systemTools)
    const runs = service?.isRunning() === true
    const enrolled = await enrolledAs(home)
    makeOutput({}).table(
      ['what', 'is', 'where'],
      [
        ['executable', digestOf(EXECUTABLE), EXECUTABLE],
        ['user', systemTools.ask('id', '-u', USER) ? 'there' : 'missing', USER],
        ['home', enrolled, home],
        ['service', wordFor(service, runs), service?.file.path ?? ''],
        ['fence', await fenceOf(), 'this kernel']
      ]
    )
    // One that is revoked may stay only to say so.
    if (!runs || enrolled === REVOKED) process.exitCode = EXIT.incomplete
  }
}

const wordFor = (service: Service | undefined, runs: boolean): string =>
  service === undefined ? 'missing' : `${runs ? 'runs' : 'does not run'} (${service.init})`

const digestOf = (path: string): string =>
  existsSync(path)
    ? `sha256 ${createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)}…`
    : 'missing'

const REVOKED: ErrorCode = 'revoked'

/** Its peer id and tags, or the code of what is wrong with it. */
const enrolledAs = async (home: string): Promise<string> => {
  try {
    const { agent, chain } = await openHome(home, '/', systemClock.now())
    return `${agent.identity.peer}, charter ${chain.current.charter.version}, ${agent.tags.join(' ')}`
  } catch (error) {
    return codeOf(error)
  }
}
