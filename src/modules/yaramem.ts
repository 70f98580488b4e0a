import { runLimits } from './lib/run-limits.ts'
import { runYaramem } from './lib/yara/run-yaramem.ts'
import { mostRules, unchecked } from './lib/yara/yara-sources.ts'
import {
  sayYaramem,
  YARAMEM_FLAGS,
  type YaramemParams,
  yaramemFromFlags,
  yaramemLiterals,
  yaramemParams
} from './lib/yara/yaramem-params.ts'
import { module } from './spec.ts'

/** Finds processes by YARA rules over their memory. Reads only: stops, traces and changes none; returns no byte of it. */
export const yaramem = module<YaramemParams>({
  name: 'yaramem',
  major: 1,
  sentence:
    'Finds processes by YARA rules over their memory; returns which rule holds in which, how often and where, never what matched.',
  platforms: ['linux'],
  risk: 'sensitive',
  contentChecks: ({ rules }) => mostRules(rules),
  anyRoot: false,
  rights: [
    {
      right: 'read the memory of all processes (root, or CAP_SYS_PTRACE)',
      without: 'the memory of other users’ processes counts as unreadable, and a "no" becomes "partial"'
    }
  ],
  looks: () => 'memory',
  flags: YARAMEM_FLAGS,
  params: yaramemParams,
  fromFlags: flags => yaramemFromFlags(flags),
  fromChecked: flags => yaramemFromFlags(flags, unchecked),
  say: sayYaramem,
  literals: yaramemLiterals,
  columns: {
    rule: { type: 'text', secrecy: 'plain', doc: 'Name of the rule, from the question' },
    pid: { type: 'count', secrecy: 'plain', doc: 'Number of the process' },
    name: { type: 'bytes', secrecy: 'private', doc: 'What it calls itself, 15 bytes at most' },
    path: { type: 'path', secrecy: 'private', doc: 'The file that it runs, in its own tree' },
    matches: {
      type: 'count',
      secrecy: 'plain',
      doc: 'How often patterns of the rule match, in all stretches that it holds for'
    },
    stretches: { type: 'count', secrecy: 'plain', doc: 'How many stretches of memory it holds for' },
    address: { type: 'text', secrecy: 'plain', doc: 'Where the first match of this one begins, in hex' },
    offset: { type: 'count', secrecy: 'plain', doc: 'The same from the begin of the mapping, in bytes' },
    mapping: { type: 'path', secrecy: 'private', doc: 'The file that is mapped there, [heap], [stack], …' },
    rights: { type: 'text', secrecy: 'plain', doc: 'Rights of the mapping, as rwxp' }
  },
  limits: runLimits(),
  examples: [
    {
      title: 'A beacon’s configuration in what runs from temporary directories',
      argv: ['--rules', 'beacon.yar', '--path', '^/(tmp|dev/shm)/'],
      files: {
        'beacon.yar':
          'rule beacon {\n  strings:\n    $uri = "/submit.php?id="\n    $agent = "Mozilla/4.0 (compatible; MSIE 8.0"\n  condition:\n    all of them\n}\n'
      }
    },
    {
      title: 'Programs that were never in a file, in web servers',
      argv: [
        '--rule',
        'rule program { condition: uint32(0) == 0x464c457f and uint16(16) == 2 }',
        '--name',
        '^(nginx|apache2|httpd)$',
        '--places',
        '16'
      ]
    }
  ],
  run: runYaramem
})
