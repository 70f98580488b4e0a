/** Lines of passwd(5), group(5) and shadow(5), as latin1. Lines that begin with + or - name another source (nsswitch's compat). */

export interface User {
  readonly name: string
  readonly field: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

export interface Group {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

/** Days are days since 1970; undefined where the field is empty. */
export interface Shadow {
  readonly field: string
  readonly changed: number | undefined
  readonly mostDays: number | undefined
  readonly inactiveDays: number | undefined
  readonly expires: number | undefined
}

/** Ids are 32 bits, 4294967295 being none. */
const idOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < 0xffffffff ? Number(text) : undefined

const daysOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined

/** True for a line that names accounts of another source: `+`, `+@netgroup`, `-name`. */
export const isElsewhere = (line: string): boolean => /^[+-]/.test(line)

/** A user; undefined for a line that is none. */
export const userOf = (line: string): User | undefined => {
  const [name, field, uid, gid, , home = '', shell = ''] = line.split(':', 7)
  const number = idOf(uid)
  const group = idOf(gid)
  if (!name || field === undefined || number === undefined || group === undefined) return undefined
  // passwd(5): an empty shell is /bin/sh.
  return { name, field, uid: number, gid: group, home, shell: shell || '/bin/sh' }
}

export const groupOf = (line: string): Group | undefined => {
  const [name, , gid, members = ''] = line.split(':', 4)
  const number = idOf(gid)
  return name && number !== undefined
    ? { name, gid: number, members: members.split(',').filter(Boolean) }
    : undefined
}

/** A line of shadow(5) with the name that it is about. */
export const shadowOf = (line: string): readonly [string, Shadow] | undefined => {
  const [name, field, changed, , most, , inactive, expires] = line.split(':', 9)
  if (!name || field === undefined) return undefined
  return [
    name,
    {
      field,
      changed: daysOf(changed),
      mostDays: daysOf(most),
      inactiveDays: daysOf(inactive),
      expires: daysOf(expires)
    }
  ]
}
