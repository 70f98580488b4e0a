import { LIMITS } from '../limits.ts'
import { runSearches } from './lib/files/run-searches.ts'
import { literalsOf, saySearch } from './lib/files/say-search.ts'
import { FILE_FLAGS, fileFromFlags } from './lib/files/search-flags.ts'
import { type FileParams, fileParams } from './lib/files/search-params.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** Finds files by name, size, mode, times, owner, content and hashes. Reads only; returns no content. */
export const file = module<FileParams>({
  name: 'file',
  major: 1,
  sentence:
    'Finds files by name, size, mode, time, owner, content, bytes and hash; returns where they are, never what is in them.',
  platforms: ['linux', 'darwin'],
  risk: 'inspect',
  contentChecks: ({ searches }) =>
    searches.reduce((sum, { contents = [], bytes = [] }) => sum + contents.length + bytes.length, 0),
  anyRoot: true,
  rights: [
    {
      right: 'read every file (root, or CAP_DAC_READ_SEARCH)',
      without: 'files of other users count as unreadable, and a "no" becomes "partial"'
    }
  ],
  flags: FILE_FLAGS,
  params: fileParams,
  fromFlags: fileFromFlags,
  say: ({ searches }) => `${searches.map(saySearch).join('; ')}. Changes nothing.`,
  literals: ({ searches }) => [...new Set(searches.flatMap(literalsOf))],
  columns: {
    search: { type: 'text', secrecy: 'plain', doc: 'Label of the search' },
    path: { type: 'path', secrecy: 'private', doc: 'Where the file is' },
    size: { type: 'count', secrecy: 'plain', doc: 'Bytes' },
    mode: { type: 'text', secrecy: 'plain', doc: 'As ls -l shows it' },
    mtime: { type: 'time', secrecy: 'plain', doc: 'Modified, ms since 1970' },
    ctime: { type: 'time', secrecy: 'plain', doc: 'Inode changed, ms since 1970' },
    owner: { type: 'text', secrecy: 'private', doc: 'Owner by name' },
    group: { type: 'text', secrecy: 'private', doc: 'Group by name' },
    sha256: { type: 'text', secrecy: 'private', doc: 'SHA-256 in hex, with --sha256' },
    check: { type: 'text', secrecy: 'plain', doc: 'Which check matched, with --any' }
  },
  // Every search has its own 1,000; ten of them are rarely full at once.
  limits: runLimits(10 * LIMITS.rows),
  examples: [
    {
      title: 'An Apache module that matches an MD5',
      argv: [
        '--path',
        '/usr/lib/apache2/modules',
        '--name',
        '\\.so$',
        '--md5',
        '9b1d0b3a3a6e5b8ee6b2a1f0c0de34e4'
      ]
    },
    {
      title: 'A password in a configuration, whatever its case',
      argv: ['--path', '/etc', '--content', '(?i)password\\s*=\\s*hunter2']
    },
    { title: 'Setuid files that changed within a week', argv: ['--path', '/', '--setuid', '--ctime', '<7d'] },
    {
      title: 'Large world-writable scripts outside of a cache',
      argv: [
        '--path',
        '/srv',
        '--glob',
        '*.sh',
        '--size',
        '>1k',
        '--mode',
        '^-.......w.',
        '--exclude',
        '*/cache/*'
      ]
    }
  ],
  run: runSearches
})
