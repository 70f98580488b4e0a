import { PROCESS_FLAGS, processFromFlags } from './lib/processes/process-flags.ts'
import { type ProcessParams, processParams } from './lib/processes/process-params.ts'
import { runProcesses } from './lib/processes/run-processes.ts'
import { processLiterals, sayProcess } from './lib/processes/say-process.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** Finds running processes. Reads /proc only; signals, traces and stops none. */
export const process = module<ProcessParams>({
  name: 'process',
  major: 1,
  sentence:
    'Finds processes by name, executable, command line, user, parent, start, libraries, open files and sockets; returns what they are, also as a tree.',
  platforms: ['linux'],
  risk: 'inspect',
  brief: true,
  anyRoot: false,
  rights: [
    {
      right: 'look into the processes of all users (root, or CAP_SYS_PTRACE)',
      without:
        'executables, libraries, open files and sockets are unreadable: a "no" that depends on them becomes "partial"'
    }
  ],
  looks: () => 'processes',
  flags: PROCESS_FLAGS,
  params: processParams,
  fromFlags: processFromFlags,
  say: sayProcess,
  literals: processLiterals,
  columns: {
    pid: { type: 'count', secrecy: 'plain', doc: 'Number of the process' },
    parent: { type: 'count', secrecy: 'plain', doc: 'Number of its parent' },
    name: { type: 'bytes', secrecy: 'private', doc: 'What it calls itself, 15 bytes at most' },
    path: { type: 'path', secrecy: 'private', doc: 'The file that it runs, in its own tree' },
    cmdline: { type: 'bytes', secrecy: 'private', doc: 'Command line, arguments apart by a space' },
    user: { type: 'text', secrecy: 'guessable', doc: 'User that it acts for, by name' },
    started: { type: 'time', secrecy: 'plain', doc: 'Started, ms since 1970' },
    state: { type: 'text', secrecy: 'plain', doc: 'One letter, as ps shows it' },
    deleted: { type: 'bool', secrecy: 'plain', doc: 'What it runs is in no directory any more' },
    sha256: { type: 'text', secrecy: 'private', doc: 'SHA-256 of the executable in hex, with --sha256' },
    library: { type: 'path', secrecy: 'private', doc: 'The first file that --library matched' },
    file: { type: 'path', secrecy: 'private', doc: 'The first file that --file matched' },
    socket: { type: 'text', secrecy: 'guessable', doc: 'The first socket that --socket matched' },
    depth: { type: 'count', secrecy: 'plain', doc: 'Steps below the top of its tree, with --tree' },
    relation: {
      type: 'text',
      secrecy: 'plain',
      doc: 'match, ancestor or descendant of one, with --tree'
    }
  },
  limits: runLimits(),
  examples: [
    { title: 'Whatever runs from a deleted file', argv: ['--deleted', '--sha256'] },
    {
      title: 'Shells that a web server has started',
      argv: ['--name', '^(ba|da|z)?sh$', '--parent', '^(nginx|apache2|httpd)$', '--tree']
    },
    {
      title: 'Programs in temporary directories that started within a day',
      argv: ['--path', '^/(tmp|var/tmp|dev/shm)/', '--started', '<1d']
    },
    { title: 'Who listens on a port', argv: ['--socket', '^tcp listen .*:4444$'] }
  ],
  run: runProcesses
})
