import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EXIT } from '../../src/errors.ts'
import { Fleet } from './fleet.ts'
import { makeMesh } from './mesh.ts'
import { theBackDoor, theImplant, theSecret, whoIsThere } from './scenes/asking.ts'
import { aNodeDies, lateAndRevoked } from './scenes/lasting.ts'
import { clearTakesTwo } from './scenes/refusing.ts'
import { Stage, TourFailure } from './stage.ts'

/** A closed window hangs up; what runs apart from the terminal ends with us all the same. */
const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const USAGE =
  'npm start [-- --agents N]   a real mesh on this machine, and a tour of what it does (N from 12 to 200)'

/** The tour: makes a mesh as operators would, asks what investigators ask, breaks what breaks, and proves what came of it. */
export const main = async (argv: readonly string[]): Promise<number> => {
  const agents = agentsOf(argv)
  if (agents === undefined) {
    console.error(USAGE)
    return argv.includes('--help') ? EXIT.complete : EXIT.usage
  }
  const terminal = process.stdout.isTTY === true && process.stdin.isTTY === true
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-tour-'))
  const fleet = new Fleet(directory)
  fleet.apart = terminal
  const stage = new Stage(
    fleet,
    line => console.log(line),
    process.stdout.isTTY === true && !process.env['NO_COLOR']
  )
  const stop = async (): Promise<void> => {
    await fleet.stop()
    rmSync(directory, { recursive: true, force: true })
  }
  const interrupt = () => void stop().then(() => process.exit(EXIT.left))
  for (const signal of ENDS) process.once(signal, interrupt)
  try {
    stage.scene(`A mesh of 2 bootstrap nodes and ${agents} agents on this machine`)
    stage.say('To type along, in another terminal:')
    console.log(`  T=${directory}`)
    for (const program of ['gumshoe', 'gumshoe-agent', 'gumshoe-bootstrap'] as const)
      console.log(`  alias ${program}='node ${fleet.launcher(program)}'`)
    const mesh = await makeMesh(stage, agents)
    for (const scene of [
      whoIsThere,
      theImplant,
      theBackDoor,
      theSecret,
      clearTakesTwo,
      aNodeDies,
      lateAndRevoked
    ])
      await scene(stage, mesh)
    stage.scene('That was the tour')
    if (terminal) {
      // From here on ^C is the console's; left without a listener it would end us, and the mesh.
      process.off('SIGINT', interrupt)
      process.on('SIGINT', () => undefined)
      stage.say(
        'The console is yours, as anna; the mesh runs until you leave (exit). Try: agents, actions, file --path /etc --name hosts -t all'
      )
      await fleet.attach('gumshoe', ['--home', mesh.anna])
    }
    return EXIT.complete
  } catch (error) {
    console.error(
      `\nThe tour failed: ${error instanceof TourFailure || process.env['GUMSHOE_DEBUG'] === undefined ? (error as Error).message : (error as Error).stack}`
    )
    return EXIT.internal
  } finally {
    await stop()
  }
}

const agentsOf = (argv: readonly string[]): number | undefined => {
  if (argv.length === 0) return 12
  const [flag, value] = argv
  const count = Number(value)
  return flag === '--agents' && argv.length === 2 && Number.isInteger(count) && count >= 12 && count <= 200
    ? count
    : undefined
}
