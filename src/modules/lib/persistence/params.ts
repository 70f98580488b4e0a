import { z } from 'zod'
import { LIMITS } from '../../../limits.ts'
import type { Flag } from '../../spec.ts'
import { moment, plainName } from '../files/say-search.ts'
import { parseAge } from '../files/search-flags.ts'
import { rangeSchema } from '../files/search-params.ts'
import { checked, compact, digests, many, strings, yes } from '../flags.ts'
import { nameFilter } from '../match/name-filter.ts'
import { PERSISTENCE_KINDS } from './entry.ts'

/** The parameters of `persistence/1`, as they stand in a signed action, and the way to them from flags. */

const list = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(LIMITS.checksPerSearch).optional()
const text = z.string().min(1).max(LIMITS.patternBytes)

export const persistenceParams = z
  .strictObject({
    kinds: z.array(z.enum(PERSISTENCE_KINDS)).min(1).max(PERSISTENCE_KINDS.length),
    /** Regular expressions on a command, or a line of a script; a leading `!` inverts. */
    runs: list(text),
    /** Regular expressions on the path of the file, or on where it leads; a leading `!` inverts. */
    paths: list(text),
    /** As which users it runs, by name. */
    users: list(text),
    /** Regular expressions on the mode as `ls -l` shows it. */
    modes: list(text),
    /** Modified, ms since 1970. */
    mtime: rangeSchema.optional(),
    sha256: list(z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 is 64 lower-case hex digits')),
    enabled: z.boolean().optional(),
    /** Only files that no package owns. */
    unowned: z.literal(true).optional(),
    /** Only files that are not as their package brought them. */
    changed: z.literal(true).optional()
  })
  .refine(({ kinds }) => new Set(kinds).size === kinds.length, 'each kind is named once')
  .refine(({ unowned, changed }) => !(unowned && changed), 'what no package owns differs from none')
export type PersistenceParams = z.infer<typeof persistenceParams>

export const PERSISTENCE_FLAGS: Record<string, Flag> = {
  kind: many('What is asked about; everything where nothing else is said', 'What', PERSISTENCE_KINDS),
  runs: many('Regular expression on what is run, or on a line of a script; "!re" inverts', 'Which'),
  path: many('Regular expression on the path of the file; "!re" inverts', 'Which'),
  user: many('As which user it runs, by name', 'Which'),
  enabled: yes('It starts as the host is set up now', 'Which'),
  disabled: yes('It is there and does not start', 'Which'),
  mtime: {
    type: 'string',
    doc: 'The file was modified: <7d within, >90d longer ago; d h m; or >2026-11-01',
    group: 'Which files'
  },
  mode: many('Regular expression on the mode as ls -l shows it; "!re" inverts', 'Which files'),
  sha2: many('SHA-256 of the file', 'Which files'),
  unowned: yes('No package owns the file', 'Which files'),
  changed: yes('The file differs from what its package brought', 'Which files')
}

const FLAG_OF: Record<string, string> = {
  kinds: 'kind',
  paths: 'path',
  users: 'user',
  modes: 'mode',
  sha256: 'sha2'
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const persistenceFromFlags = (flags: Record<string, unknown>, now: number): PersistenceParams => {
  const { enabled, disabled } = flags
  const params = checked(
    persistenceParams.refine(() => !(enabled && disabled), '--enabled and --disabled do not go together'),
    {
      ...compact({
        kinds: strings(flags, 'kind') ?? [...PERSISTENCE_KINDS],
        runs: strings(flags, 'runs'),
        paths: strings(flags, 'path'),
        users: strings(flags, 'user'),
        modes: strings(flags, 'mode'),
        mtime: flags['mtime'] === undefined ? undefined : parseAge('mtime', String(flags['mtime']), now),
        sha256: digests(flags, 'sha2'),
        enabled,
        unowned: flags['unowned'],
        changed: flags['changed']
      }),
      ...(disabled === true && { enabled: false })
    },
    FLAG_OF
  )
  // What is no regular expression is said here, not by a thousand hosts.
  nameFilter(params.runs, 'runs')
  nameFilter(params.paths, 'path')
  nameFilter(params.modes, 'mode')
  return params
}

/** The question in words, for the preview. */
export const sayPersistence = (params: PersistenceParams): string => {
  const not = (values: readonly string[] | undefined, yes: string, no: string): string[] =>
    (values ?? []).map(value => (value.startsWith('!') ? `${no} ${value.slice(1)}` : `${yes} ${value}`))
  const words = [
    ...not(params.runs, 'that runs', 'that does not run'),
    ...not(params.paths, 'in a file', 'not in a file'),
    ...(params.users ? [`as ${params.users.join(' or ')}`] : []),
    ...not(params.modes, 'with mode', 'without mode'),
    ...(params.mtime?.from === undefined ? [] : [`modified since ${moment(params.mtime.from)}`]),
    ...(params.mtime?.to === undefined ? [] : [`modified before ${moment(params.mtime.to)}`]),
    ...(params.sha256 ?? []).map(hex => `with SHA-256 ${hex.slice(0, 8)}…`),
    ...(params.enabled === undefined ? [] : [params.enabled ? 'enabled' : 'not enabled']),
    ...(params.unowned ? ['owned by no package'] : []),
    ...(params.changed ? ['different from its package'] : [])
  ]
  const all = params.kinds.length === PERSISTENCE_KINDS.length
  const what = all ? 'whatever starts by itself' : `${params.kinds.join(', ')} entries`
  return `${what}${words.length > 0 ? `, ${words.join(' and ')}` : ''}. Changes nothing; no content is returned.`
}

/** What the question names outright. */
export const persistenceLiterals = (params: PersistenceParams): string[] => [
  ...new Set([
    ...[...(params.runs ?? []), ...(params.paths ?? [])].flatMap(one => plainName(one) ?? []),
    ...(params.users ?? []),
    ...(params.sha256 ?? [])
  ])
]
