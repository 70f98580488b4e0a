import {
  POLICY_FLAGS,
  type PolicyParams,
  policyChecks,
  policyFromFlags,
  policyLiterals,
  policyParams,
  sayPolicy
} from './lib/policy/policy-params.ts'
import { runPolicy } from './lib/policy/run-policy.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

const EXAMPLE = JSON.stringify(
  {
    objects: [
      { object: 'openssl', package: { name: 'openssl' } },
      {
        object: 'root',
        setting: { path: '/etc/ssh', file: '^sshd_config$', key: 'PermitRootLogin', pick: 'first' }
      }
    ],
    tests: [
      {
        test: 'CVE-2023-5678',
        object: 'openssl',
        evr: { operation: '<', value: '3.0.11-1~deb12u3' },
        tags: [{ key: 'severity', value: 'low' }]
      },
      { test: 'root-logs-in', object: 'root', regexp: { value: '^(?i:yes)$' } }
    ]
  },
  null,
  2
)

/** Judges a host by a policy: versions of packages, names, lines and settings of files. Reads only; no value leaves the host. */
export const policy = module<PolicyParams>({
  name: 'policy',
  major: 1,
  sentence:
    'Judges a host by a document of tests on packages, files, lines and settings; returns verdicts and of what they are, never values.',
  platforms: ['linux', 'darwin'],
  risk: 'inspect',
  contentChecks: policyChecks,
  anyRoot: true,
  rights: [
    {
      right: 'read the files that the document names (root, or CAP_DAC_READ_SEARCH)',
      without: 'tests of them are "unknown" instead of "false", and a "no" becomes "partial"'
    }
  ],
  flags: POLICY_FLAGS,
  params: policyParams,
  fromFlags: policyFromFlags,
  say: sayPolicy,
  literals: policyLiterals,
  columns: {
    test: { type: 'text', secrecy: 'plain', doc: 'Name of the test, from the document' },
    verdict: { type: 'text', secrecy: 'plain', doc: 'true, false or unknown, of the whole test' },
    name: { type: 'text', secrecy: 'plain', doc: 'What the document calls it beside' },
    tags: { type: 'text', secrecy: 'plain', doc: 'Its tags, from the document' },
    expected: {
      type: 'bool',
      secrecy: 'plain',
      doc: 'The verdict is the one that the document expects, where it says so'
    },
    path: { type: 'path', secrecy: 'private', doc: 'The file that the verdict comes from' },
    identifier: {
      type: 'bytes',
      secrecy: 'private',
      doc: 'The package, or raw identifier, that it comes from'
    }
  },
  limits: runLimits(),
  examples: [
    {
      title: 'A hole and a setting at once',
      argv: ['--document', 'policy.json'],
      files: { 'policy.json': EXAMPLE }
    },
    {
      title: 'Which of the tests nobody can judge',
      argv: ['--document', 'policy.json', '--only', 'unknown'],
      files: { 'policy.json': EXAMPLE }
    }
  ],
  run: runPolicy
})
