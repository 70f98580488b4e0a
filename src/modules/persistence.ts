import { LIMITS } from '../limits.ts'
import {
  PERSISTENCE_FLAGS,
  type PersistenceParams,
  persistenceFromFlags,
  persistenceLiterals,
  persistenceParams,
  sayPersistence
} from './lib/persistence/params.ts'
import { runPersistence } from './lib/persistence/run-persistence.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** Finds what starts by itself. Reads only files; asks no service manager and runs nothing. */
export const persistence = module<PersistenceParams>({
  name: 'persistence',
  major: 1,
  sentence:
    'Finds what starts by itself: units, cron and at jobs, log-in scripts, loader, PAM, udev and kernel settings, hooks; and whose package it is.',
  platforms: ['linux'],
  risk: 'inspect',
  brief: true,
  // A line of a log-in script holds more than what is run.
  contentChecks: ({ runs = [] }) => runs.length,
  anyRoot: true,
  rights: [
    {
      right: 'read crontabs, at jobs and every home (root, or CAP_DAC_READ_SEARCH)',
      without: 'what users have start counts as unreadable, and a "no" becomes "partial"'
    }
  ],
  flags: PERSISTENCE_FLAGS,
  params: persistenceParams,
  fromFlags: persistenceFromFlags,
  say: sayPersistence,
  literals: persistenceLiterals,
  columns: {
    kind: { type: 'text', secrecy: 'plain', doc: 'What sort of thing: service, timer, cron, pam, …' },
    path: { type: 'path', secrecy: 'private', doc: 'The file that has it start' },
    target: { type: 'path', secrecy: 'private', doc: 'Where the path leads, if somewhere else' },
    line: {
      type: 'count',
      secrecy: 'plain',
      doc: 'In which line; of a script the first that --runs matched'
    },
    runs: { type: 'bytes', secrecy: 'private', doc: 'What is run, several apart by "; "; none of a script' },
    user: { type: 'bytes', secrecy: 'guessable', doc: 'As which user, where the file says so' },
    scope: { type: 'text', secrecy: 'plain', doc: 'host, or user where it is of one user only' },
    enabled: { type: 'bool', secrecy: 'plain', doc: 'It starts as the host is set up now' },
    owner: { type: 'text', secrecy: 'private', doc: 'Owner of the file by name' },
    mode: { type: 'text', secrecy: 'plain', doc: 'Mode of the file, as ls -l shows it' },
    mtime: { type: 'time', secrecy: 'plain', doc: 'Modified, ms since 1970' },
    sha256: { type: 'text', secrecy: 'private', doc: 'SHA-256 of the file in hex' },
    owned: { type: 'bool', secrecy: 'plain', doc: 'Some package owns the file; absent where nobody knows' },
    package: { type: 'bytes', secrecy: 'private', doc: 'The package that owns it' },
    changed: { type: 'bool', secrecy: 'plain', doc: 'It differs from what its package brought' }
  },
  // A usual host has some hundred units, and as many lines of PAM, udev and the like.
  limits: runLimits(10 * LIMITS.rows),
  examples: [
    { title: 'Whatever starts and no package has brought', argv: ['--enabled', '--unowned'] },
    {
      title: 'Units and jobs that run something from a temporary directory',
      argv: ['--kind', 'service', '--kind', 'cron', '--runs', '(/tmp|/var/tmp|/dev/shm)/']
    },
    { title: 'What fetches and runs', argv: ['--runs', '(curl|wget).*\\|\\s*(ba)?sh'] },
    {
      title: 'PAM modules and settings that differ from their package',
      argv: ['--kind', 'pam', '--changed']
    },
    { title: 'Whatever was set up within a week', argv: ['--mtime', '<7d'] },
    {
      title: 'Libraries that are loaded into every program',
      argv: ['--kind', 'loader', '--path', 'preload$']
    }
  ],
  run: runPersistence
})
