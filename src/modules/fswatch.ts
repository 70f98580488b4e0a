import {
  FSWATCH_FLAGS,
  type FswatchParams,
  fswatchFromFlags,
  fswatchLiterals,
  fswatchParams,
  sayFswatch
} from './lib/fswatch/fswatch-params.ts'
import { lookOnce, watchFiles } from './lib/fswatch/run-fswatch.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** Tells what changes under some paths, as it happens. Reads only. */
export const fswatch = module<FswatchParams>({
  name: 'fswatch',
  major: 1,
  sentence:
    'Stands and tells what is created, changed or removed under some paths, as it happens and also what happened while the agent was down.',
  platforms: ['linux'],
  risk: 'inspect',
  anyRoot: true,
  rights: [
    {
      right: 'read every file that is watched (root, or CAP_DAC_READ_SEARCH)',
      without: 'directories and files of other users count as unreadable, and a "no" becomes "partial"'
    }
  ],
  flags: FSWATCH_FLAGS,
  params: fswatchParams,
  fromFlags: fswatchFromFlags,
  say: sayFswatch,
  literals: fswatchLiterals,
  columns: {
    change: {
      type: 'text',
      secrecy: 'plain',
      doc: 'created, changed, removed, mode, owner or transient; present where it is one look'
    },
    path: { type: 'path', secrecy: 'private', doc: 'Where it is' },
    when: { type: 'time', secrecy: 'plain', doc: 'Noticed, ms since 1970' },
    'while-down': { type: 'bool', secrecy: 'plain', doc: 'It happened while the agent was down' },
    kind: { type: 'text', secrecy: 'plain', doc: 'file, link or other' },
    size: { type: 'count', secrecy: 'plain', doc: 'Bytes; of what was removed, as it was' },
    mode: { type: 'text', secrecy: 'plain', doc: 'As ls -l shows it' },
    'mode-before': { type: 'text', secrecy: 'plain', doc: 'The mode that it had' },
    mtime: { type: 'time', secrecy: 'plain', doc: 'Modified, ms since 1970, as the file says' },
    owner: { type: 'text', secrecy: 'private', doc: 'Numbers of owner and group' },
    'owner-before': { type: 'text', secrecy: 'private', doc: 'Those that it had' },
    sha256: { type: 'text', secrecy: 'private', doc: 'SHA-256 in hex' },
    'sha256-before': { type: 'text', secrecy: 'private', doc: 'The one that it had' }
  },
  limits: runLimits(),
  examples: [
    { title: 'What MIG watches, for a week', argv: ['--profile', 'mig'] },
    {
      title: 'New programs and scheduled jobs, as they come',
      argv: [
        '--path',
        '/usr/local/bin',
        '--recursive',
        '/etc/systemd',
        '--path',
        '/etc/cron.d',
        '--what',
        'created'
      ]
    },
    {
      title: 'Scripts of a web site that change',
      argv: ['--recursive', '/var/www', '--name', '\\.php$', '--exclude', '*/cache/*']
    }
  ],
  run: lookOnce,
  watch: watchFiles
})
