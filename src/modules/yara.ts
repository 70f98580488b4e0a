import { literalsOf, saySearch } from './lib/files/say-search.ts'
import { runLimits } from './lib/run-limits.ts'
import { runYara } from './lib/yara/run-yara.ts'
import { YARA_FLAGS, type YaraParams, yaraFromFlags, yaraParams } from './lib/yara/yara-params.ts'
import { mostRules, sayRules, unchecked } from './lib/yara/yara-sources.ts'
import { module } from './spec.ts'

/** Finds files by YARA rules. Reads only; returns which rule holds where, never what matched. */
export const yara = module<YaraParams>({
  name: 'yara',
  major: 1,
  sentence:
    'Finds files by YARA rules; returns which rule holds for which file, how often and where, never what matched.',
  platforms: ['linux', 'darwin'],
  risk: 'inspect',
  contentChecks: ({ rules }) => mostRules(rules),
  anyRoot: true,
  rights: [
    {
      right: 'read every file (root, or CAP_DAC_READ_SEARCH)',
      without: 'files of other users count as unreadable, and a "no" becomes "partial"'
    }
  ],
  flags: YARA_FLAGS,
  params: yaraParams,
  fromFlags: (flags, now) => yaraFromFlags(flags, now),
  fromChecked: (flags, now) => yaraFromFlags(flags, now, unchecked),
  say: params =>
    `${sayRules(params.rules)} on files ${saySearch({ label: 'yara', ...params.where })}. Changes nothing.`,
  literals: ({ where }) => [...new Set(literalsOf({ label: 'yara', ...where }))],
  columns: {
    rule: { type: 'text', secrecy: 'plain', doc: 'Name of the rule, from the question' },
    path: { type: 'path', secrecy: 'private', doc: 'Where the file is' },
    size: { type: 'count', secrecy: 'plain', doc: 'Bytes' },
    matches: { type: 'count', secrecy: 'plain', doc: 'How often patterns of the rule match' },
    offset: { type: 'count', secrecy: 'plain', doc: 'Where the first of them begins' }
  },
  limits: runLimits(),
  examples: [
    {
      title: 'Web shells by a file of rules',
      argv: ['--rules', 'webshells.yar', '--path', '/var/www', '--glob', '*.php', '--size', '<1m'],
      files: {
        'webshells.yar':
          'rule webshell {\n  strings:\n    $eval = "eval(base64_decode(" nocase\n    $post = "$_POST["\n  condition:\n    all of them and filesize < 1MB\n}\n'
      }
    },
    {
      title: 'Packed programs outside of the package manager',
      argv: [
        '--rule',
        'rule upx { strings: $a = "UPX!" condition: uint32(0) == 0x464c457f and $a }',
        '--path',
        '/usr/local',
        '--path',
        '/opt',
        '--mode',
        'x'
      ]
    }
  ],
  run: runYara
})
