import type { Row } from '../../spec.ts'
import type { User } from '../host/passwd.ts'
import { inRanges, nameFilter } from '../match/name-filter.ts'
import type { AccountParams, LoginWay } from './account-params.ts'
import type { AccountsOfHost } from './accounts-of-host.ts'
import type { Password } from './password-state.ts'

/** Shells that let nobody in; anything else is taken for one that does. */
const NO_SHELL = /(^|\/)(nologin|false|true|sync|halt|shutdown|git-shell)$/

/** How a user may come in, by shell, password and keys: what sshd and PAM are set to beyond that is not looked at. */
export const waysOf = ({ shell }: User, password: Password, keys: number): LoginWay[] => {
  if (NO_SHELL.test(shell) || password.over) return ['none']
  const ways: LoginWay[] = []
  if (password.state === 'unknown') ways.push('unknown')
  else if (password.state !== 'locked') ways.push('password')
  if (keys > 0) ways.push('key')
  return ways.length > 0 ? ways : ['none']
}

export interface UserFilter {
  readonly params: AccountParams
  readonly named: ((bytes: Uint8Array) => boolean) | undefined
  readonly shelled: ((bytes: Uint8Array) => boolean) | undefined
}

export const userFilter = (params: AccountParams): UserFilter => ({
  params,
  named: nameFilter(params.names, 'name'),
  shelled: nameFilter(params.shells, 'shell')
})

/** The row of a user that the question is about, or undefined; what costs most is looked at last. */
export const judgeUser = (
  { params, named, shelled }: UserFilter,
  user: User,
  accounts: AccountsOfHost
): Row | undefined => {
  const name = latin1(user.name)
  if (named?.(name) === false || shelled?.(latin1(user.shell)) === false) return undefined
  if (params.ids !== undefined && !inRanges(params.ids, user.uid)) return undefined
  if (params.memberOf?.some(group => accounts.isIn(user, utf8AsLatin1(group))) === false) return undefined
  if (params.sudo && !accounts.hasSudo(user)) return undefined
  const password = accounts.password(user)
  if (params.passwords?.includes(password.state) === false) return undefined
  if (params.schemes && !(password.scheme !== undefined && params.schemes.includes(password.scheme)))
    return undefined
  const last = accounts.lastLogin(user)
  if (params.never && last !== undefined) return undefined
  if (params.last !== undefined && (last === undefined || !inRanges([params.last], last.at))) return undefined
  const keys = accounts.authorisedKeys(user)
  const ways = waysOf(user, password, keys)
  if (params.logins?.some(way => ways.includes(way)) === false) return undefined
  const group = accounts.groupName(user.gid)
  return {
    kind: 'user',
    name,
    number: user.uid,
    ...(group !== undefined && { group: latin1(group) }),
    home: latin1(user.home),
    shell: latin1(user.shell),
    password: password.state,
    ...(password.scheme && { scheme: password.scheme }),
    login: ways.join('+'),
    keys,
    ...(last && { last: last.at }),
    ...(last?.from && { from: latin1(last.from) })
  }
}

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
const utf8AsLatin1 = (text: string): string => Buffer.from(text).toString('latin1')
