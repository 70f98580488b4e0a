import { joinedLines, pairOf, unquoted } from './words.ts'

/** What one unit file or drop-in of systemd.unit(5) says that matters to what starts. */
export interface UnitFile {
  readonly commands: readonly string[]
  readonly user: string | undefined
  /** Units that it starts when its time, socket or path has come. */
  readonly triggers: readonly string[]
  /** Units that it pulls in with itself. */
  readonly pulls: readonly string[]
  /** It has another file read in its place, as old systemd did. */
  readonly includes: boolean
}

const EXEC = /^Exec(Condition|StartPre|Start|StartPost|Reload|Stop|StopPre|StopPost)$/
const PULLS = /^(Wants|Requires|BindsTo|Upholds|Requisite|Sockets|OnFailure|OnSuccess)$/
const TRIGGERS = /\.(timer|socket|path|automount)$/
/** A file may have as many commands and names as it likes; what comes after says nothing new. */
const MOST = 1_000

/** Reads a unit by its name, which says what it triggers where the file does not. */
export const readUnit = (text: string, name: string): UnitFile => {
  const commands = new Map<string, string[]>()
  const pulls: string[] = []
  const loads: string[] = []
  let user: string | undefined
  let named: string | undefined
  let accept = false
  let includes = false
  for (const { text: line } of joinedLines(text, '#;')) {
    if (line.startsWith('.include ')) includes = true
    const pair = pairOf(line)
    if (pair === undefined) continue
    const [key, value] = pair
    if (EXEC.test(key)) {
      // An empty one takes back those before it.
      const before = value === '' ? [] : (commands.get(key) ?? [])
      if (value !== '' && before.length < MOST) before.push(value.replace(/^[@:+!|-]+/, ''))
      commands.set(key, before)
    } else if (PULLS.test(key)) {
      if (pulls.length < MOST) pulls.push(...value.split(/[ \t]+/, MOST).filter(Boolean))
    } else if (key === 'User') user = value || undefined
    else if (key === 'Unit' || key === 'Service') named = value || undefined
    else if (key === 'Accept') accept = /^(1|y|yes|t|true|on)$/i.test(value)
    else if (key === 'What' && value !== '') commands.set('What', [value])
    else if (key === 'Environment' && value.includes('LD_') && loads.length < MOST)
      loads.push(unquoted(value))
  }
  const triggers = TRIGGERS.test(name) ? [named ?? triggered(name, accept)] : []
  return {
    commands: [...[...commands.values()].flat(), ...loads, ...triggers].map(ownText),
    user: user && ownText(user),
    triggers: triggers.map(ownText),
    pulls: pulls.map(ownText),
    includes
  }
}

/** A copy: a piece of a text keeps all of it in memory. */
export const ownText = (piece: string): string => Buffer.from(piece, 'latin1').toString('latin1')

const triggered = (name: string, accept: boolean): string =>
  name.endsWith('.automount')
    ? name.replace(/\.automount$/, '.mount')
    : name.replace(/\.[a-z]+$/, accept ? '@.service' : '.service')

/** The template that an instance is made of: `a@b.service` of `a@.service`. */
export const templateOf = (name: string): string | undefined => {
  const at = name.indexOf('@')
  const dot = name.lastIndexOf('.')
  return at > 0 && dot > at + 1 ? `${name.slice(0, at + 1)}${name.slice(dot)}` : undefined
}
