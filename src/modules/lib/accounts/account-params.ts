import { z } from 'zod'
import { LIMITS } from '../../../limits.ts'
import type { Flag } from '../../spec.ts'
import { moment, plainName } from '../files/say-search.ts'
import { parseAge } from '../files/search-flags.ts'
import { rangeSchema } from '../files/search-params.ts'
import { checked, compact, many, parseNumbers, strings, yes } from '../flags.ts'
import { nameFilter } from '../match/name-filter.ts'
import { SCHEME_NAMES } from './crypt.ts'
import { PASSWORD_STATES } from './password-state.ts'

/** The parameters of `account/1`, as they stand in a signed action, and the way to them from flags. */

export const ACCOUNT_KINDS = ['user', 'group', 'sudo'] as const
export type AccountKind = (typeof ACCOUNT_KINDS)[number]
export const LOGIN_WAYS = ['password', 'key', 'none', 'unknown'] as const
export type LoginWay = (typeof LOGIN_WAYS)[number]

const list = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(LIMITS.checksPerSearch).optional()
const text = z.string().min(1).max(LIMITS.patternBytes)

/** Fields that only one kind of row has. */
const ONLY: Record<string, AccountKind> = {
  memberOf: 'user',
  passwords: 'user',
  schemes: 'user',
  logins: 'user',
  last: 'user',
  never: 'user',
  sudo: 'user',
  shells: 'user',
  noPassword: 'sudo',
  commands: 'sudo'
}

export const accountParams = z
  .strictObject({
    kinds: z.array(z.enum(ACCOUNT_KINDS)).min(1).max(ACCOUNT_KINDS.length),
    /** Regular expressions on the name; a leading `!` inverts. */
    names: list(text),
    ids: list(rangeSchema),
    /** Users of one of these groups, by name, as their own or as another. */
    memberOf: list(text),
    passwords: list(z.enum(PASSWORD_STATES)),
    schemes: list(z.enum(SCHEME_NAMES as [string, ...string[]])),
    logins: list(z.enum(LOGIN_WAYS)),
    /** The newest log-in that the host remembers, ms since 1970. */
    last: rangeSchema.optional(),
    never: z.literal(true).optional(),
    /** Only users whom a sudo rule names, by themselves or by a group. */
    sudo: z.literal(true).optional(),
    shells: list(text),
    /** Only sudo rules that ask for no password. */
    noPassword: z.literal(true).optional(),
    /** Regular expressions on one command of a sudo rule. */
    commands: list(text)
  })
  .refine(({ kinds }) => new Set(kinds).size === kinds.length, 'each kind is named once')
  .superRefine((params, context) => {
    const asked = (name: string) => params[name as keyof typeof params] !== undefined
    for (const [name, kind] of Object.entries(ONLY))
      if (asked(name) && params.kinds.some(one => one !== kind))
        context.addIssue({ code: 'custom', path: [name], message: `only --kind ${kind} has it` })
    if (asked('ids') && params.kinds.includes('sudo'))
      context.addIssue({ code: 'custom', path: ['ids'], message: 'a sudo rule has no number' })
  })
export type AccountParams = z.infer<typeof accountParams>

export const ACCOUNT_FLAGS: Record<string, Flag> = {
  kind: many('What is asked about; users where nothing else is said', 'What', ACCOUNT_KINDS),
  name: many('Regular expression on the name; "!re" inverts. Of a sudo rule: whom it names', 'Which'),
  id: many('Number of the user or group: 0, <999 at most, >1000 at least, 1000-1999', 'Which'),
  group: many('Users in this group, by name', 'Which users'),
  password: many('State of the password', 'Which users', PASSWORD_STATES),
  scheme: many('How the password is hashed', 'Which users', SCHEME_NAMES),
  login: many('How the user may log in; none: not at all', 'Which users', LOGIN_WAYS),
  last: { type: 'string', doc: 'Last log-in: <7d within, >90d longer ago; d h m', group: 'Which users' },
  never: yes('No log-in is on record', 'Which users'),
  sudo: yes('Some sudo rule names the user, or a group that the user is in', 'Which users'),
  shell: many('Regular expression on the log-in shell; "!re" inverts', 'Which users'),
  nopasswd: yes('Rules that ask for no password', 'Which sudo rules'),
  command: many('Regular expression on a command of the rule; "!re" inverts', 'Which sudo rules')
}

const FLAG_OF: Record<string, string> = {
  kinds: 'kind',
  names: 'name',
  ids: 'id',
  memberOf: 'group',
  passwords: 'password',
  schemes: 'scheme',
  logins: 'login',
  shells: 'shell',
  noPassword: 'nopasswd',
  commands: 'command'
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const accountFromFlags = (flags: Record<string, unknown>, now: number): AccountParams => {
  const ofRules = flags['nopasswd'] !== undefined || flags['command'] !== undefined
  const params = checked(
    accountParams,
    compact({
      kinds: strings(flags, 'kind') ?? [ofRules ? 'sudo' : 'user'],
      names: strings(flags, 'name'),
      ids: strings(flags, 'id')?.map(value => parseNumbers('id', value)),
      memberOf: strings(flags, 'group'),
      passwords: strings(flags, 'password'),
      schemes: strings(flags, 'scheme'),
      logins: strings(flags, 'login'),
      last: flags['last'] === undefined ? undefined : parseAge('last', String(flags['last']), now),
      never: flags['never'],
      sudo: flags['sudo'],
      shells: strings(flags, 'shell'),
      noPassword: flags['nopasswd'],
      commands: strings(flags, 'command')
    }),
    FLAG_OF
  )
  // What is no regular expression is said here, not by a thousand hosts.
  nameFilter(params.names, 'name')
  nameFilter(params.shells, 'shell')
  nameFilter(params.commands, 'command')
  return params
}

const KIND_WORDS: Record<AccountKind, string> = { user: 'users', group: 'groups', sudo: 'sudo rules' }

/** The question in words, for the preview. */
export const sayAccount = (params: AccountParams): string => {
  const words = [
    ...(params.names ?? []).map(name =>
      name.startsWith('!') ? `not named ${name.slice(1)}` : `named ${name}`
    ),
    ...(params.ids ?? []).map(({ from, to }) =>
      from === to ? `number ${from}` : `numbers ${from ?? 0} to ${to ?? 'the last'}`
    ),
    ...(params.memberOf ? [`in ${params.memberOf.join(' or ')}`] : []),
    ...(params.passwords ? [`whose password is ${params.passwords.join(' or ')}`] : []),
    ...(params.schemes ? [`whose password is hashed by ${params.schemes.join(' or ')}`] : []),
    ...(params.logins ? [`who may log in by ${params.logins.join(' or ')}`] : []),
    ...(params.last?.from === undefined ? [] : [`who last logged in since ${moment(params.last.from)}`]),
    ...(params.last?.to === undefined ? [] : [`who last logged in before ${moment(params.last.to)}`]),
    ...(params.never ? ['who never logged in'] : []),
    ...(params.sudo ? ['whom a sudo rule names'] : []),
    ...(params.shells ?? []).map(shell => `with a shell ${shell}`),
    ...(params.noPassword ? ['that ask for no password'] : []),
    ...(params.commands ?? []).map(command => `that allow ${command}`)
  ]
  const what = `local ${params.kinds.map(kind => KIND_WORDS[kind]).join(' and ')}`
  return `${what}${words.length > 0 ? ` ${words.join(' and ')}` : ''}. Changes nothing; no hash is returned.`
}

/** What the question names outright. */
export const accountLiterals = (params: AccountParams): string[] => [
  ...new Set([
    ...(params.names ?? []).flatMap(name => {
      const plain = plainName(name)
      return plain === undefined ? [] : [plain, `%${plain}`]
    }),
    ...(params.ids ?? []).flatMap(({ from, to }) =>
      from !== undefined && from === to ? [String(from)] : []
    ),
    ...(params.memberOf ?? [])
  ])
]
