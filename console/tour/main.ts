import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { EXIT } from '../../src/errors.ts'
import { Fleet } from './fleet.ts'
import { makeMesh } from './mesh.ts'
import { theBackDoor, theImplant, theSecret, whoIsThere } from './scenes/asking.ts'
import { aNodeDies, lateAndRevoked } from './scenes/lasting.ts'
import { clearTakesTwo } from './scenes/refusing.ts'
import { Stage, TourFailure } from './stage.ts'

/** A closed window hangs up; what runs apart from the terminal ends with us all the same. */
const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const USAGE = `npm start [-- --agents N] [--mesh-only] [--executables DIR]   a real mesh on this machine, and a tour of what it does
  --agents N     12 to 200; 12 unless given
  --mesh-only    no tour: the mesh and, at a terminal, the console
  --executables  the directory of the single executables to run (npm run build:all makes dist); this checkout unless given`

/** The tour: makes a mesh as operators would, asks what investigators ask, breaks what breaks, and proves what came of it. */
export const main = async (argv: readonly string[]): Promise<number> => {
  const asked = askedOf(argv)
  if (asked === undefined) {
    console.error(USAGE)
    return argv.includes('--help') ? EXIT.complete : EXIT.usage
  }
  const { agents, scenes, executables } = asked
  const terminal = process.stdout.isTTY === true && process.stdin.isTTY === true
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-tour-'))
  const fleet = new Fleet(directory, undefined, executables && resolve(executables))
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
      console.log(`  alias ${program}='${typed(fleet.command(program))}'`)
    const mesh = await makeMesh(stage, agents)
    for (const scene of scenes) await scene(stage, mesh)
    stage.scene(scenes.length > 0 ? 'That was the tour' : 'The mesh runs')
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

const SCENES = [whoIsThere, theImplant, theBackDoor, theSecret, clearTakesTwo, aNodeDies, lateAndRevoked]

const typed = ([first, ...more]: readonly string[]): string =>
  [first === process.execPath ? 'node' : first, ...more].join(' ')

const OPTIONS = {
  agents: { type: 'string', default: '12' },
  executables: { type: 'string' },
  'mesh-only': { type: 'boolean', default: false }
} as const

interface Asked {
  readonly agents: number
  readonly scenes: typeof SCENES
  readonly executables: string | undefined
}

const askedOf = (args: readonly string[]): Asked | undefined => {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS })
    const agents = Number(values.agents)
    if (!Number.isInteger(agents) || agents < 12 || agents > 200) return undefined
    return { agents, scenes: values['mesh-only'] ? [] : SCENES, executables: values.executables }
  } catch {
    return undefined
  }
}
