import { LIMITS } from '../limits.ts'
import { MEMORY_FLAGS, memoryFromFlags } from './lib/memory/memory-flags.ts'
import { looksIntoMemory, type MemoryParams, memoryChecks, memoryParams } from './lib/memory/memory-params.ts'
import { runMemory } from './lib/memory/run-memory.ts'
import { memoryLiterals, sayMemory } from './lib/memory/say-memory.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** Finds what processes hold in their memory. Reads only: stops, traces and changes none; returns no byte of it. */
export const memory = module<MemoryParams>({
  name: 'memory',
  major: 1,
  sentence:
    'Finds processes by what is in their memory: text, regular expressions, bytes; returns how often and where, never what.',
  platforms: ['linux'],
  risk: 'sensitive',
  contentChecks: memoryChecks,
  anyRoot: false,
  rights: [
    {
      right: 'read the memory of all processes (root, or CAP_SYS_PTRACE)',
      without: 'the memory of other users’ processes counts as unreadable, and a "no" becomes "partial"'
    },
    {
      right:
        'read the memory of the kernel, for --kernel (CAP_SYS_RAWIO, which the fence takes away, and a kernel that shows it)',
      without: 'such a question is answered "permission" or "unsupported"'
    }
  ],
  looks: ({ searches, kernel }) => (kernel || searches.some(looksIntoMemory) ? 'memory' : 'processes'),
  flags: MEMORY_FLAGS,
  params: memoryParams,
  fromFlags: memoryFromFlags,
  say: sayMemory,
  literals: memoryLiterals,
  columns: {
    search: { type: 'text', secrecy: 'plain', doc: 'Label of the search' },
    pid: { type: 'count', secrecy: 'plain', doc: 'Number of the process; 0 for the kernel' },
    name: { type: 'bytes', secrecy: 'private', doc: 'What it calls itself, 15 bytes at most' },
    path: { type: 'path', secrecy: 'private', doc: 'The file that it runs, in its own tree' },
    check: { type: 'text', secrecy: 'plain', doc: 'What matched, in the question’s own words' },
    matches: { type: 'count', secrecy: 'plain', doc: 'How often it does in this process, up to --most' },
    address: { type: 'text', secrecy: 'plain', doc: 'Where this match begins, in hex' },
    offset: { type: 'count', secrecy: 'plain', doc: 'The same from the begin of the mapping, in bytes' },
    mapping: { type: 'path', secrecy: 'private', doc: 'The file that is mapped there, [heap], [stack], …' },
    rights: { type: 'text', secrecy: 'plain', doc: 'Rights of the mapping, as rwxp' }
  },
  limits: runLimits(10 * LIMITS.rows),
  examples: [
    { title: 'Who holds a stolen key', argv: ['--text', 'AKIA2E0A8F3B244C9986'] },
    {
      title: 'A beacon in what runs from temporary directories',
      argv: ['--path', '^/(tmp|dev/shm)/', '--content', 'https?://[a-z0-9.-]{1,64}/submit\\.php\\?id=\\d+']
    },
    {
      title: 'Code that was written into web servers: a known loader’s first bytes',
      argv: [
        '--name',
        '^(nginx|apache2|httpd)$',
        '--bytes',
        '4d5a4152554889e54881ec20000000',
        '--places',
        '16'
      ]
    },
    {
      title: 'Several indicators in one pass',
      argv: ['--searches', 'iocs.json'],
      files: {
        'iocs.json':
          '[{"label":"key","texts":["AKIA2E0A8F3B244C9986"]},{"label":"tool","contents":["(?i)mimikatz"],"libraries":["/libcrypto"]}]'
      }
    }
  ],
  run: runMemory
})
