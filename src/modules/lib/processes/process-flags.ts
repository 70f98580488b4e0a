import type { Flag } from '../../spec.ts'
import { parseAge } from '../files/search-flags.ts'
import { checked, compact, digests, many, strings, yes } from '../flags.ts'
import { compileProcess } from './process-checks.ts'
import { type ProcessParams, processParams } from './process-params.ts'

export const PROCESS_FLAGS: Record<string, Flag> = {
  name: many('Regular expression on the name, of which the kernel keeps 15 bytes; "!re" inverts', 'Which'),
  path: many('Regular expression on the path of the executable; "!re" inverts', 'Which'),
  cmdline: many('Regular expression on the command line; "!re" inverts', 'Which'),
  user: many('User that it acts for, by name or number', 'Which'),
  parent: many('Number of the parent, or regular expression on its name', 'Which'),
  started: many('Started: <2h within, >5d longer ago; d h m, or >2026-11-01T00:00:00Z', 'Which'),
  md5: many('MD5 of the executable in hex', 'What it runs'),
  sha1: many('SHA-1 of the executable in hex', 'What it runs'),
  sha2: many('SHA-256, 384 or 512 of the executable in hex', 'What it runs'),
  sha3: many('SHA3-224, 256, 384 or 512 of the executable in hex', 'What it runs'),
  deleted: yes('Only where the executable is in no directory any more', 'What it runs'),
  library: many('Regular expression on a file mapped into its memory; "!re": on none', 'What it holds'),
  file: many('Regular expression on the path of an open file; "!re": on none', 'What it holds'),
  socket: many(
    'Regular expression on a socket as text, "tcp listen 0.0.0.0:22"; "!re": on none',
    'What it holds'
  ),
  tree: yes('Return the ancestors and descendants of what matched too', 'How'),
  sha256: yes('Return the SHA-256 of the executable', 'How')
}

const FLAG_OF = {
  names: 'name',
  paths: 'path',
  cmdlines: 'cmdline',
  users: 'user',
  parents: 'parent',
  libraries: 'library',
  files: 'file',
  sockets: 'socket'
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const processFromFlags = (flags: Record<string, unknown>, now: number): ProcessParams => {
  const params = checked(
    processParams,
    compact({
      ...Object.fromEntries(Object.entries(FLAG_OF).map(([field, name]) => [field, strings(flags, name)])),
      ...Object.fromEntries(
        (['md5', 'sha1', 'sha2', 'sha3'] as const).map(family => [family, digests(flags, family)])
      ),
      started: strings(flags, 'started')?.map(value => parseAge('started', value, now)),
      deleted: flags['deleted'],
      tree: flags['tree'],
      sha256: flags['sha256']
    }),
    FLAG_OF
  )
  // What is no regular expression is said here, not by a thousand hosts.
  compileProcess(params, { user: String, group: String })
  return params
}
