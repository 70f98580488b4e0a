import {
  LOG_FLAGS,
  type LogParams,
  logFromFlags,
  logLiterals,
  logParams,
  sayLog
} from './lib/log/log-params.ts'
import { runLog } from './lib/log/run-log.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** Counts entries of logs. Reads only; no line leaves the host. */
export const log = module<LogParams>({
  name: 'log',
  major: 1,
  sentence:
    'Counts entries of the journal, of logs in files, of the audit log and of log-ins, by time, unit, program, urgency and pattern; never returns a line.',
  platforms: ['linux'],
  risk: 'inspect',
  contentChecks: ({ patterns = [] }) => patterns.length,
  anyRoot: true,
  rights: [
    {
      right:
        'read the journal and /var/log (root, CAP_DAC_READ_SEARCH, or the groups adm and systemd-journal)',
      without: 'logs are unreadable, and a "no" becomes "partial"'
    }
  ],
  flags: LOG_FLAGS,
  params: logParams,
  fromFlags: logFromFlags,
  say: sayLog,
  literals: logLiterals,
  columns: {
    source: { type: 'text', secrecy: 'plain', doc: 'journal, text, audit or logins' },
    path: { type: 'path', secrecy: 'private', doc: 'The log; absent for the journal' },
    unit: { type: 'bytes', secrecy: 'private', doc: 'Unit of systemd' },
    program: {
      type: 'bytes',
      secrecy: 'private',
      doc: 'What wrote it; the type of an audit record; login, logout, failed, boot'
    },
    match: { type: 'text', secrecy: 'plain', doc: 'Label of the pattern that matched, or entries' },
    count: { type: 'count', secrecy: 'plain', doc: 'How many entries' },
    first: { type: 'time', secrecy: 'plain', doc: 'The earliest of them, ms since 1970' },
    last: { type: 'time', secrecy: 'plain', doc: 'The latest of them, ms since 1970' }
  },
  limits: runLimits(),
  examples: [
    {
      title: 'Passwords that were tried hundreds of times within a day',
      argv: ['--program', '^sshd', '--pattern', 'Failed password', '--since', '1d', '--at-least', '100']
    },
    {
      title: 'What ssh says of one address, by what it says',
      argv: [
        '--pattern',
        'Failed .* from 203\\.0\\.113\\.7 ',
        '--label',
        'failed',
        '--pattern',
        'Accepted .* from 203\\.0\\.113\\.7 ',
        '--label',
        'accepted'
      ]
    },
    {
      title: 'Failures of a service since a moment',
      argv: ['--unit', '^nginx', '--priority', 'err', '--since', '2026-11-24']
    },
    {
      title: 'Who logged in from an address',
      argv: ['--source', 'logins', '--pattern', ' 203\\.0\\.113\\.7$']
    },
    {
      title: 'A path that a web server was asked for',
      argv: ['--path', '/var/log/nginx/access.log', '--pattern', 'POST /upload\\.php']
    }
  ],
  run: runLog
})
