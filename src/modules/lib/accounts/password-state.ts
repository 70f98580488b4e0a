import type { Shadow, User } from '../host/passwd.ts'
import { schemeOf, withoutLock } from './crypt.ts'

export const PASSWORD_STATES = ['locked', 'none', 'set', 'expired', 'unknown'] as const
export type PasswordState = (typeof PASSWORD_STATES)[number]

export interface Password {
  readonly state: PasswordState
  readonly scheme?: string
  /** The account as a whole is over: no way in, keys included (shadow(5), account expiration and inactivity). */
  readonly over: boolean
}

/** What shadow(5) says of a user: undefined where there is no line about it, `unread` where the file could not be read. */
export type ShadowOf = Shadow | 'unread' | undefined

/** The state of a user's password on a day (days since 1970), by passwd(5) and shadow(5). */
export const passwordOf = (user: User, shadow: ShadowOf, day: number): Password => {
  // passwd(5): only a lower-case x sends to the shadow file; anything else stands for itself.
  if (user.field !== 'x') return byField(user.field, false)
  if (shadow === 'unread') return { state: 'unknown', over: false }
  if (shadow === undefined) return { state: 'locked', over: false }
  const over = shadow.expires !== undefined && shadow.expires >= 0 && shadow.expires <= day
  const known = byField(shadow.field, over)
  if (known.state === 'locked') return known
  const { changed, mostDays, inactiveDays } = shadow
  // A change on day 0 asks for a new password at the next log-in.
  const must = changed === 0
  const until =
    changed !== undefined && changed > 0 && mostDays !== undefined && mostDays >= 0
      ? changed + mostDays
      : undefined
  const aged = until !== undefined && day > until
  const closed = aged && inactiveDays !== undefined && inactiveDays >= 0 && day > until + inactiveDays
  return over || must || aged ? { ...known, state: 'expired', over: over || closed } : known
}

const byField = (field: string, over: boolean): Password => {
  if (field === '') return { state: 'none', over }
  const scheme = schemeOf(withoutLock(field))
  const locked = scheme === undefined || /^[!*]/.test(field)
  return { state: locked ? 'locked' : 'set', over, ...(scheme && { scheme }) }
}
