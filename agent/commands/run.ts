import { realpathSync, statSync } from 'node:fs'
import type { CommandModule } from 'yargs'

import { ownEnrolment } from '../../src/cli/personal.ts'
import { systemClock } from '../../src/clock.ts'
import { codeOf, GumshoeError } from '../../src/errors.ts'
import { makeLog } from '../../src/log.ts'
import { MODULES } from '../../src/modules/index.ts'
import { moduleId } from '../../src/modules/spec.ts'
import { type Fence, fenceOf, traceNobody } from '../../src/run/fence.ts'
import { liveSmall, Rest } from '../../src/run/rest.ts'
import type { HostSettings } from '../../src/trust/gate-context.ts'
import { canLookIntoAll, canReadAll, runsHere } from '../facts.ts'
import { isFinal, untilStopped } from '../final.ts'
import { enrolWith, isEnrolled, openHome, readEnrolment, readSettings } from '../home.ts'
import { ANNOUNCE, LISTEN } from './addresses.ts'

interface RunArgs {
  home: string
  enrol?: string
  root: string
  listen: string[]
  announce: string[]
  verbose?: boolean
  stay?: boolean
}

export const run: CommandModule<{ home: string }, RunArgs> = {
  command: 'run',
  describe: 'Run the agent in the foreground; SIGTERM stops it cleanly',
  builder: yargs =>
    yargs
      .option('enrol', {
        type: 'string',
        describe:
          'The enrolment file of an admin, where the executable carries none; used at the first start only'
      })
      .option('root', {
        type: 'string',
        default: '/',
        describe: 'Answer for the file system under this directory (an image, a container)'
      })
      .option('listen', { ...LISTEN, default: ['/ip4/0.0.0.0/tcp/0'] })
      .option('announce', ANNOUNCE)
      .option('stay', {
        type: 'boolean',
        describe:
          'Where another start would change nothing (revoked, wrong settings): say so and wait to be stopped, for a service manager that starts again whatever ends'
      })
      .option('verbose', { type: 'boolean', describe: 'Log everything' })
      .example('$0 run --enrol web.enrol', 'The first start; later starts need no file')
      .example('$0 run --root /mnt/image', 'Answer for a mounted image'),
  handler: async args => {
    const { home, verbose } = args
    const log = makeLog('gumshoe-agent', verbose ? 'debug' : 'info')
    try {
      await runAgent(args, log)
    } catch (error) {
      if (args.stay && isFinal(error)) {
        log('error', 'stays', { code: codeOf(error), message: String(error), home })
        await untilStopped()
      }
      throw error
    }
  }
}

const runAgent = async (
  { home, enrol, root, listen, announce }: RunArgs,
  log: ReturnType<typeof makeLog>
): Promise<void> => {
  const now = systemClock.now()
  const realRoot = directoryOf(root)
  const settings = readSettings(home)
  if (!isEnrolled(home)) {
    // Nothing is enrolled by a command that can't start.
    const { toMultiaddr } = await import('../../src/mesh/address.ts')
    for (const address of [...listen, ...announce]) toMultiaddr(address)
    const enrolment = enrol === undefined ? ownEnrolment() : readEnrolment(enrol)
    if (enrolment === undefined)
      throw new GumshoeError('no-home', `There is no enrolled agent in ${home}.`, {
        fix: 'gumshoe-agent run --enrol FILE, with the file of an admin (gumshoe enrol).'
      })
    await enrolWith(home, enrolment, realRoot, now)
    log('info', 'enrolled', { home })
  }
  const { agent, chain } = await openHome(home, realRoot, now)
  const fence = await fenceOf()
  await traceNobody()
  tellRights(log, fence, settings)
  liveSmall()
  const rest = new Rest(systemClock)
  // The mesh is heavy; what is wrong with the home is said before it is loaded.
  const { startAgent } = await import('../agent.ts')
  const running = await startAgent({
    home,
    root: realRoot,
    listen,
    announce,
    agent,
    chain,
    settings,
    fence,
    clock: systemClock,
    log,
    stirred: () => rest.stir()
  })
  log('info', 'ready', {
    peer: running.mesh.peer,
    tags: agent.tags,
    addresses: running.mesh.addresses(),
    charter: chain.current.charter.version,
    root: realRoot
  })
  const asked = new Promise<undefined>(stop => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(undefined))
  })
  const reason = await Promise.race([asked, running.ended])
  if (reason !== undefined) log('error', reason.code, { message: reason.message })
  await running.stop()
  if (reason !== undefined) throw reason
}

/** The directory itself, through links. Throws `not-found`. */
const directoryOf = (root: string): string => {
  try {
    const real = realpathSync(root)
    if (statSync(real).isDirectory()) return real
  } catch {
    // Said below.
  }
  throw new GumshoeError('not-found', `--root ${root} is no directory here.`, {
    fix: 'Give the directory that the image or the container is mounted at.'
  })
}

/** Says which rights it has, and what it will miss without the others. */
const tellRights = (log: ReturnType<typeof makeLog>, fence: Fence, settings: HostSettings): void => {
  for (const spec of MODULES)
    for (const { right, without } of spec.rights)
      if (spec.looks === undefined ? !canReadAll() : !canLookIntoAll())
        log('warn', 'right-missing', { module: spec.name, right, without })
  if (fence !== 'full')
    log('warn', 'fence', {
      fence,
      off: MODULES.filter(spec => !runsHere(spec, { ...settings, modulesOff: [] }, fence)).map(moduleId),
      without: 'a module that is taken over by what it reads is held less tightly on this kernel'
    })
  log('info', 'rights', {
    readAll: canReadAll(),
    lookIntoAll: canLookIntoAll(),
    fence,
    uid: process.getuid?.() ?? -1
  })
}
