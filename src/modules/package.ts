import {
  PACKAGE_FLAGS,
  packageFromFlags,
  packageLiterals,
  sayPackage
} from './lib/packages/package-params.ts'
import { type PackageParams, packageParams } from './lib/packages/package-schema.ts'
import { runPackages } from './lib/packages/run-packages.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** An ordinary desktop has some thousand packages: whoever asks for all of them wants them all. */
const ROWS = 10_000

/** Finds packages of the system and of languages. Reads their records; runs no package manager. */
export const packages = module<PackageParams>({
  name: 'package',
  major: 1,
  sentence:
    'Finds installed packages (dpkg, rpm, apk, pacman, Python, npm, Ruby, Go) by name and version; runs no package manager.',
  platforms: ['linux', 'darwin'],
  risk: 'inspect',
  brief: true,
  anyRoot: true,
  rights: [
    {
      right: 'read homes, where packages of languages are asked for (root, or CAP_DAC_READ_SEARCH)',
      without: 'those of other users count as unreadable, and a "no" becomes "partial"'
    }
  ],
  flags: PACKAGE_FLAGS,
  params: packageParams,
  fromFlags: packageFromFlags,
  say: sayPackage,
  literals: packageLiterals,
  columns: {
    kind: { type: 'text', secrecy: 'plain', doc: 'dpkg, rpm, apk, pacman, python, npm, gem or go' },
    name: { type: 'bytes', secrecy: 'private', doc: 'Name of the package' },
    version: {
      type: 'text',
      secrecy: 'plain',
      doc: 'Version, with epoch and release; absent where the record has none'
    },
    arch: { type: 'text', secrecy: 'plain', doc: 'Architecture, as the package has it' },
    state: { type: 'text', secrecy: 'plain', doc: 'installed, unfinished, or removed but for configuration' },
    source: { type: 'bytes', secrecy: 'private', doc: 'Name of what it was built from' },
    installed: {
      type: 'time',
      secrecy: 'plain',
      doc: 'Installed or last changed, ms since 1970; apk does not keep it'
    },
    path: { type: 'path', secrecy: 'private', doc: 'File that says so, of packages of languages' }
  },
  limits: runLimits(ROWS),
  examples: [
    {
      title: 'Who has a version with a known hole',
      argv: ['--name', '^openssl$', '--version', '<3.0.11-1~deb12u2']
    },
    {
      title: 'All that was built from one source, of whatever version',
      argv: ['--source', '^xz-utils$', '--version', '^5\\.6\\.[01]']
    },
    {
      title: 'A package of npm anywhere below /srv',
      argv: ['--kind', 'npm', '--path', '/srv', '--name', '^event-stream$', '--version', '=3.3.6']
    },
    {
      title: 'Programs that were built with an old Go, where people put their own',
      argv: [
        ...['--kind', 'go', '--path', '/usr/local', '--path', '/opt'],
        ...['--name', '^stdlib$', '--version', '<1.22']
      ]
    },
    { title: 'What is only half installed', argv: ['--state', 'unfinished'] }
  ],
  run: runPackages
})
