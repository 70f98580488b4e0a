/** Rules of sudoers(5): aliases, users, tags and commands; text is latin1, which keeps every byte. */

export interface SudoRule {
  /** As written: a name, %group, #uid, %#gid, +netgroup, ALL; aliases are resolved. */
  readonly who: readonly string[]
  readonly hosts: string
  /** As whom, as written between the brackets; root where nothing is said. */
  readonly runAs: string
  readonly noPassword: boolean
  /** Commands as written, aliases resolved, those with `!` are forbidden. */
  readonly commands: readonly string[]
  readonly file: string
  readonly line: number
}

export interface SudoLine {
  readonly text: string
  readonly file: string
  readonly line: number
}

export interface SudoRules {
  readonly rules: readonly SudoRule[]
  /** Lines that are no sudoers syntax that we know. */
  readonly unknown: number
}

const TAGS =
  /^(NOPASSWD|PASSWD|NOEXEC|EXEC|SETENV|NOSETENV|LOG_INPUT|NOLOG_INPUT|LOG_OUTPUT|NOLOG_OUTPUT|FOLLOW|NOFOLLOW|MAIL|NOMAIL|INTERCEPT|NOINTERCEPT)\s*:\s*/
const OPTION =
  /^(ROLE|TYPE|PRIVS|LIMITPRIVS|APPARMOR_PROFILE|NOTBEFORE|NOTAFTER|TIMEOUT|CWD|CHROOT)\s*=\s*("[^"]*"|\S+)\s*/
const ALIAS = /^(User|Runas|Host|Cmnd|Cmd)_Alias\s+/
/** Aliases may name aliases; more steps than this are a circle. */
const STEPS = 16
/** Steps in all: aliases that name each other many times over make more than any machine can read. */
const ALL_STEPS = 200_000

/** Splits at a character that no backslash stands before and no quotes or brackets surround. */
export const splitOutside = (text: string, at: string): string[] => {
  const parts: string[] = []
  let from = 0
  let quoted = false
  let deep = 0
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!
    if (letter === '\\') i++
    else if (letter === '"') quoted = !quoted
    else if (quoted) continue
    else if (letter === '(') deep++
    else if (letter === ')') deep = Math.max(0, deep - 1)
    else if (letter === at && deep === 0) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}

const listOf = (text: string): string[] =>
  splitOutside(text, ',')
    .map(item => item.trim())
    .filter(Boolean)

/** Without the comment: `#` begins one unless digits follow (a uid) or it is quoted (sudoers(5), "Other special characters"). */
export const withoutComment = (line: string): string => {
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '\\') i++
    else if (line[i] === '"') quoted = !quoted
    else if (line[i] === '#' && !quoted && !/^#-?\d/.test(line.slice(i, i + 3))) return line.slice(0, i)
  }
  return line
}

/** Reads logical lines (continued ones joined, comments gone, includes done) into rules. */
export const sudoRules = (lines: readonly SudoLine[]): SudoRules => {
  const lists = new Map<string, readonly string[]>()
  const specs: SudoLine[] = []
  for (const line of lines) {
    if (line.text === '' || /^Defaults(?=[\s@:!>]|$)/.test(line.text)) continue
    const alias = ALIAS.exec(line.text)
    if (alias === null) specs.push(line)
    else
      for (const one of splitOutside(line.text.slice(alias[0].length), ':')) {
        const [name, list] = splitOnce(one, '=')
        if (list !== undefined)
          lists.set(`${alias[1]!.replace(/^Cmd$/, 'Cmnd')} ${name.trim()}`, listOf(list))
      }
  }
  let unknown = 0
  const aliases = { lists, left: ALL_STEPS }
  const rules = specs.flatMap(spec => {
    const read = rulesOf(spec, aliases)
    if (read.length === 0) unknown++
    return read
  })
  return { rules, unknown: unknown + (aliases.left <= 0 ? 1 : 0) }
}

const splitOnce = (text: string, at: string): [string, string | undefined] => {
  const [first, ...rest] = splitOutside(text, at)
  return [first!, rest.length === 0 ? undefined : rest.join(at)]
}

interface Aliases {
  readonly lists: ReadonlyMap<string, readonly string[]>
  left: number
}

/** Items with aliases of a kind in their place; a `!` before an alias goes to each of its items. Unresolved where the steps are used up. */
const resolved = (kind: string, items: readonly string[], aliases: Aliases, steps = STEPS): string[] => {
  const out: string[] = []
  for (const item of items) {
    const not = item.startsWith('!')
    const name = not ? item.slice(1).trim() : item
    const named = steps > 0 && aliases.left > 0 && /^[A-Z][A-Z0-9_]*$/.test(name)
    const list = named ? aliases.lists.get(`${kind} ${name}`) : undefined
    if (list === undefined) out.push(item)
    else {
      aliases.left -= 1 + list.length
      for (const one of resolved(kind, list, aliases, steps - 1))
        out.push(not ? (one.startsWith('!') ? one.slice(1) : `!${one}`) : one)
    }
  }
  return out
}

/** `users hosts = (run as) TAG: commands : hosts = …`; empty where the line is no such thing. */
const rulesOf = ({ text, file, line }: SudoLine, aliases: Aliases): SudoRule[] => {
  const [first, ...more] = splitOutside(maskTags(text), ':').map(part => part.replaceAll('\0', ':'))
  const end = endOfUsers(first!)
  if (end === undefined) return []
  const who = resolved('User', listOf(first!.slice(0, end)), aliases)
  return [first!.slice(end).trim(), ...more].flatMap(part => {
    const [hosts, grants] = splitOnce(part, '=')
    if (grants === undefined) return []
    return grantsOf(grants, aliases).map(grant => ({ who, hosts: hosts.trim(), ...grant, file, line }))
  })
}

/** Where the list of users ends: at the first space that no comma stands beside; undefined where there is none. */
const endOfUsers = (text: string): number | undefined => {
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') quoted = !quoted
    else if (/\s/.test(text[i]!) && !quoted) {
      let next = i
      while (next < text.length && /\s/.test(text[next]!)) next++
      if (text[i - 1] !== ',' && text[next] !== ',') return next < text.length ? i : undefined
      i = next - 1
    }
  }
  return undefined
}

/** The colon of a tag is none between two grants. */
const maskTags = (text: string): string =>
  text.replace(/\b([A-Z_]+)\s*:/g, (all, tag: string) => (TAGS.test(`${tag}:`) ? `${tag}\0` : all))

interface Grant {
  readonly runAs: string
  readonly noPassword: boolean
  readonly commands: string[]
}

/** Run-as and tags go on to the commands after them until others are said; each change begins a rule of its own. */
const grantsOf = (text: string, aliases: Aliases): Grant[] => {
  const grants: Grant[] = []
  let runAs = 'root'
  let noPassword = false
  for (const item of listOf(text)) {
    let rest = item
    const as = /^\(([^)]*)\)\s*/.exec(rest)
    if (as) {
      runAs =
        resolved('Runas', listOf(as[1]!.replaceAll(':', ' : ')), aliases)
          .join(',')
          .replaceAll(' : ', ':')
          .trim() || 'self'
      rest = rest.slice(as[0].length)
    }
    for (let option = OPTION.exec(rest); option !== null; option = OPTION.exec(rest))
      rest = rest.slice(option[0].length)
    for (let tag = TAGS.exec(rest); tag !== null; tag = TAGS.exec(rest)) {
      if (tag[1] === 'NOPASSWD') noPassword = true
      if (tag[1] === 'PASSWD') noPassword = false
      rest = rest.slice(tag[0].length)
    }
    const commands = resolved('Cmnd', [rest.trim()].filter(Boolean), aliases)
    const last = grants.at(-1)
    if (last !== undefined && last.runAs === runAs && last.noPassword === noPassword)
      last.commands.push(...commands)
    else grants.push({ runAs, noPassword, commands })
  }
  return grants.filter(({ commands }) => commands.length > 0)
}
