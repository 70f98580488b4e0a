import { existsSync, readFileSync } from 'node:fs'
import { GumshoeError } from '../../src/errors.ts'
import {
  EXECUTABLE,
  initScript,
  LOG,
  openrcScript,
  PID,
  SCRIPT,
  type ServiceWords,
  systemdUnit,
  UNIT
} from './files.ts'
import type { Tools } from './tools.ts'

export const INITS = ['systemd', 'openrc', 'init'] as const
export type Init = (typeof INITS)[number]

export interface ServiceFile {
  readonly path: string
  readonly mode: number
  /** Throws `not-found` where a tool that it names is missing. */
  text(): string
}

/** How one kind of init keeps the agent running. */
export interface Service {
  readonly init: Init
  readonly file: ServiceFile
  /** What a run leaves, beside the file. */
  readonly leaves: readonly string[]
  /** Where the agent says why it does not run. */
  readonly log: string
  /** From now on with the machine. */
  enable(): void
  disable(): void
  /** With what the file says now. */
  restart(): void
  stop(): void
  isRunning(): boolean
}

/** The init of this machine. */
export const findInit = (exists: (path: string) => boolean = existsSync): Init =>
  exists('/run/systemd/system') ? 'systemd' : exists('/sbin/openrc-run') ? 'openrc' : 'init'

/** The inits that the agent is installed for; OpenRC and others keep their script in one place. */
export const installedInits = (): Init[] => {
  const script = existsSync(SCRIPT) ? readFileSync(SCRIPT, 'utf8') : undefined
  return [
    ...(existsSync(UNIT) ? (['systemd'] as const) : []),
    ...(script === undefined ? [] : ([script.startsWith('#!/sbin/openrc-run') ? 'openrc' : 'init'] as const))
  ]
}

/** The home that an installed service was given, which need not be the usual one. */
export const installedHome = (): string | undefined => {
  for (const path of [UNIT, SCRIPT]) {
    const named = existsSync(path) && /\srun --home (\S+)/.exec(readFileSync(path, 'utf8'))
    if (named) return named[1]
  }
  return undefined
}

const NAME = 'gumshoe-agent'

export const serviceFor = (init: Init, words: ServiceWords, tools: Tools): Service => {
  switch (init) {
    case 'systemd':
      return systemd(words, tools)
    case 'openrc':
      return openrc(words, tools)
    case 'init':
      return plain(words, tools)
  }
}

const systemd = (words: ServiceWords, { run, ask, exists }: Tools): Service => {
  // In an image that is being made no systemd runs: the links are all there is to do.
  const lives = exists('/run/systemd/system')
  const reload = () => {
    if (lives) run('systemctl', 'daemon-reload')
  }
  const control = (...argv: string[]) => run('systemctl', ...(lives ? [] : ['--root=/']), '--quiet', ...argv)
  return {
    init: 'systemd',
    file: { path: UNIT, text: () => systemdUnit(words), mode: 0o644 },
    leaves: [],
    log: `journalctl -u ${NAME}`,
    enable: () => {
      reload()
      control('enable', NAME)
    },
    disable: () => {
      if (exists(UNIT)) control('disable', NAME)
      reload()
    },
    restart: () => {
      if (lives) run('systemctl', 'restart', NAME)
    },
    stop: () => {
      if (lives && exists(UNIT)) run('systemctl', 'stop', NAME)
    },
    isRunning: () => lives && ask('systemctl', 'is-active', '--quiet', NAME)
  }
}

const openrc = (words: ServiceWords, { run, ask, find, exists, isProcess }: Tools): Service => ({
  init: 'openrc',
  file: { path: SCRIPT, text: () => openrcScript(words, find('setpriv')), mode: 0o755 },
  leaves: [LOG],
  log: LOG,
  enable: () => run('rc-update', 'add', NAME, 'default'),
  disable: () => {
    ask('rc-update', '--all', 'del', NAME)
  },
  restart: () => run('rc-service', NAME, 'restart'),
  stop: () => {
    if (exists(SCRIPT)) run('rc-service', '--ifstarted', NAME, 'stop')
  },
  // Its supervisor has started, whatever became of the agent.
  isRunning: () => exists(SCRIPT) && ask('rc-service', NAME, 'status') && isProcess(EXECUTABLE)
})

const plain = (words: ServiceWords, tools: Tools): Service => {
  const { run, ask, find, exists } = tools
  return {
    init: 'init',
    file: { path: SCRIPT, text: () => initScript(words, find('setpriv')), mode: 0o755 },
    leaves: [LOG, PID],
    log: LOG,
    enable: () => {
      if (tools.has('update-rc.d')) run('update-rc.d', NAME, 'defaults')
      else if (tools.has('chkconfig')) run('chkconfig', '--add', NAME)
      else
        throw new GumshoeError(
          'usage',
          `This init is not known: nothing starts ${SCRIPT} with the machine.`,
          {
            fix: `Have your init run ${SCRIPT} start, then gumshoe-agent status.`
          }
        )
    },
    disable: () => {
      if (tools.has('update-rc.d')) ask('update-rc.d', '-f', NAME, 'remove')
      else if (tools.has('chkconfig')) ask('chkconfig', '--del', NAME)
    },
    restart: () => run(SCRIPT, 'restart'),
    stop: () => {
      if (exists(SCRIPT)) run(SCRIPT, 'stop')
    },
    isRunning: () => exists(SCRIPT) && ask(SCRIPT, 'status')
  }
}
