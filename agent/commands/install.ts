import { isSea } from 'node:sea'
import { setTimeout } from 'node:timers/promises'
import type { CommandModule } from 'yargs'
import { homeOf } from '../../src/cli/home.ts'
import { makeOutput } from '../../src/cli/out.ts'
import { ownEnrolment } from '../../src/cli/personal.ts'
import { systemClock } from '../../src/clock.ts'
import { GumshoeError } from '../../src/errors.ts'
import { enrolWith, isEnrolled, readEnrolment } from '../home.ts'
import { EXECUTABLE, USER } from '../install/files.ts'
import { type Done, giveHome, makeUser, placeExecutable, writeService } from '../install/host.ts'
import { findInit, INITS, type Init, installedHome, serviceFor } from '../install/service.ts'
import { systemTools } from '../install/tools.ts'
import { ANNOUNCE, LISTEN } from './addresses.ts'

/** What keeps an agent from running, a port that is taken say, it has noticed by then. */
const SETTLED_MS = 2_000

interface InstallArgs {
  home: string
  enrol?: string
  listen: string[]
  announce: string[]
  init?: Init
  start: boolean
}

export const install: CommandModule<{ home: string }, InstallArgs> = {
  command: 'install',
  describe:
    'Make this executable a service of this host, with a user of its own; again: to change or upgrade it',
  builder: yargs =>
    yargs
      .option('enrol', {
        type: 'string',
        describe: 'The enrolment file of an admin, where the executable carries none; used once'
      })
      .option('listen', { ...LISTEN, default: ['/ip4/0.0.0.0/tcp/7071'] })
      .option('announce', ANNOUNCE)
      .option('init', { choices: INITS, describe: 'Which init the host has; found out where it is not said' })
      .option('start', { type: 'boolean', default: true, describe: 'Start it now; --no-start for an image' })
      .example('sudo ./web-agent install', 'With the enrolment that gumshoe enrol --binary put behind it')
      .example('sudo $0 install --enrol web.enrol', 'With an enrolment file, to be removed afterwards'),
  handler: async ({ home: said, enrol, listen, announce, init = findInit(), start }) => {
    const home = homeMeant(said)
    requireRoot(home)
    const argv = ['run', '--home', home, ...flags('--listen', listen), ...flags('--announce', announce)]
    const service = serviceFor(init, { argv: argv.map(plainWord), home: plainWord(home) }, systemTools)
    const enrolment = isEnrolled(home) ? undefined : enrolmentOf(enrol)
    const { status } = makeOutput({})
    const tell = (what: string, done: Done) => {
      status(`${what}: ${done}`)
      return done
    }
    tell(`user ${USER}`, makeUser(systemTools))
    const executable = tell(EXECUTABLE, placeExecutable(process.execPath))
    if (enrolment !== undefined) await enrolWith(home, enrolment, '/', systemClock.now())
    tell(home, giveHome(home, idOf('-u'), idOf('-g')))
    const file = tell(service.file.path, writeService(service.file))
    service.enable()
    const changed = executable === 'made' || file === 'made'
    if (start && (changed || !service.isRunning())) {
      service.restart()
      await setTimeout(SETTLED_MS)
    }
    const runs = service.isRunning()
    status(
      `The agent is installed (${init}) and ${runs ? 'runs' : 'does not run yet'}. gumshoe-agent status looks after it.`
    )
    if (start && !runs) status(`Why it does not: ${service.log}`)
    if (ownEnrolment() !== undefined && process.execPath !== EXECUTABLE)
      status(`Now remove ${process.execPath}: it carries the enrolment, and is not needed any more.`)
  }
}

/** The home of the installed service, where none was typed. */
export const homeMeant = (said: string): string =>
  said === homeOf('gumshoe-agent', undefined, {}) ? (installedHome() ?? said) : said

/** Throws `permission`, `usage`. */
export const requireRoot = (home: string): void => {
  if (process.getuid?.() !== 0)
    throw new GumshoeError('permission', 'Only root may do this.', { fix: 'sudo, or a root shell.' })
  if (!isSea())
    throw new GumshoeError('usage', 'Only the single executable can be installed.', {
      fix: 'npm run build:agent makes it; a checkout runs with gumshoe-agent run.'
    })
  plainWord(home)
}

const flags = (name: string, values: readonly string[]): string[] => values.flatMap(value => [name, value])

/** A word that stands in a unit and in a script as it is. */
const plainWord = (word: string): string => {
  if (/^[\w@+=:,./-]+$/.test(word)) return word
  throw new GumshoeError('usage', `${word} can't stand in the files of a service.`, {
    fix: 'Use letters, digits and @+=:,./- only.'
  })
}

const enrolmentOf = (file: string | undefined): Uint8Array => {
  const enrolment = file === undefined ? ownEnrolment() : readEnrolment(file)
  if (enrolment !== undefined) return enrolment
  throw new GumshoeError('no-home', 'This host is not enrolled, and the executable carries no enrolment.', {
    fix: 'Add --enrol FILE, with the file of an admin (gumshoe enrol).'
  })
}

const idOf = (flag: '-u' | '-g'): number => Number(systemTools.say('id', flag, USER))
