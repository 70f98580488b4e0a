import { isReservedName } from '../../src/documents/facts.ts'
import type { Operator, Target } from '../../src/documents/target/ast.ts'
import { matchGlob } from '../../src/documents/target/glob.ts'
import { distributionOf } from './ident.ts'
import type { Warn } from './json.ts'
import { EVERYONE, NOBODY, oneOf } from './logic.ts'
import { globOf, isMany, type Pattern, plainOf } from './pattern.ts'
import { sqlForeign } from './sql-lex.ts'

/** A column of MIG's agents, with the way into its JSON. */
export interface Column {
  readonly name: string
  readonly path: readonly string[]
  readonly at: number
  /** Compared in any case. */
  readonly fold: boolean
}

export interface Context {
  readonly sql: string
  readonly at: number
  readonly warn: Warn
}

/** What is there of MIG and not here, with what to say instead. */
const GONE: Record<string, string> = {
  id: 'Numbers of MIG agents name nobody here: hostname=web-01, or id in (PEER).',
  pid: 'Ask for it: gumshoe agentinfo.',
  starttime: 'Ask for it: gumshoe agentinfo.',
  destructiontime: 'Agents of Gumshoe are not destroyed; leave it out.',
  heartbeattime: 'Who is there answers, and who comes back until --expires; leave it out.',
  refreshtime: 'Facts are those of the moment; leave it out.',
  loadername: 'There is no loader; name hosts by a tag.',
  'environment.init': 'Name hosts by distribution, or ask for files of the init.',
  'environment.isproxied': 'Agents use no proxy; leave it out.',
  'environment.proxy': 'Agents use no proxy; leave it out.',
  'environment.publicip': 'An agent knows the addresses of its interfaces only: ip in 203.0.113.0/24.',
  'environment.modules': 'Write module=memory/1, by the names of gumshoe modules.',
  'environment.aws': 'Give hosts a tag when they are enrolled: cloud=aws.'
}

/** One of the patterns holds of the column. Throws `no-counterpart` with the position. */
export const targetOf = (column: Column, patterns: readonly Pattern[], context: Context): Target =>
  oneOf(patterns.map(pattern => oneTarget(column, pattern, context)))

const oneTarget = (column: Column, pattern: Pattern, context: Context): Target => {
  const { name, path } = column
  const key = [name, ...path].join('.').toLowerCase()
  switch (key) {
    case 'name':
      return word('hostname', column, pattern, context)
    case 'queueloc':
      return queue(column, pattern, context)
    case 'environment.os':
      return word('os', column, pattern, context)
    case 'environment.arch':
      return arch(pattern, context)
    case 'environment.ident':
      return distributionOf(pattern, context)
    case 'environment.addresses':
      return addresses(pattern, context)
    case 'mode':
      return constant('mode', ['daemon'], 'every agent stays and answers by itself', pattern, context)
    case 'status':
      return constant('status', ['online', 'idle'], 'who is there answers', pattern, context)
    case 'version':
      context.warn(
        'version: builds of MIG agents are not versions of Gumshoe; compare it with gumshoe agents.'
      )
      return word('version', column, pattern, context)
  }
  if (name === 'tags' && path.length === 1) return tag(column, pattern, context)
  throw gone(key, context)
}

const gone = (key: string, { sql, at }: Context) => {
  const known = key.startsWith('environment.aws') ? 'environment.aws' : key
  const fix = Object.hasOwn(GONE, known)
    ? GONE[known]!
    : 'See docs/target.md for what hosts are told apart by.'
  return sqlForeign(sql, at, `no target of ours asks for ${key.slice(0, 64)}`, fix)
}

/** `=` where the pattern is plain, else a glob. */
const compared = (name: string, pattern: Pattern, { sql, at }: Context): Target => {
  const plain = plainOf(pattern)
  if (plain !== undefined) return { type: 'compare', name, operator: '=', value: plain }
  const glob = globOf(pattern)
  if (glob === undefined)
    throw sqlForeign(sql, at, 'a glob can not name * or ? themselves', 'Write ? in the place of such a sign.')
  return { type: 'compare', name, operator: '~', value: glob }
}

const lower = (pattern: Pattern): Pattern =>
  pattern.map(piece => (typeof piece === 'string' ? piece.toLowerCase() : piece))

/** Our names of hosts and systems are in lower case, those of MIG as the host has them. */
const word = (name: string, { fold }: Column, pattern: Pattern, context: Context): Target => {
  const small = name === 'version' ? pattern : lower(pattern)
  if (!fold && JSON.stringify(small) !== JSON.stringify(pattern))
    context.warn(`${name === 'os' ? 'os: systems' : 'name: host names'} are compared in lower case.`)
  return compared(name, small, context)
}

/** `linux.%`: the queue of an agent begins with its system, and that is what targets ask it for. */
const queue = ({ fold }: Column, pattern: Pattern, { sql, at }: Context): Target => {
  if (pattern.length === 1 && isMany(pattern[0])) return EVERYONE
  const [first, rest, ...more] = fold ? lower(pattern) : pattern
  const os = typeof first === 'string' ? /^(linux|darwin|windows)\.?$/.exec(first)?.[1] : undefined
  if (os === undefined || !isMany(rest) || more.length > 0)
    throw sqlForeign(
      sql,
      at,
      'a queue of MIG beyond its system (linux.%) is an address that nobody has here',
      'Name the host: hostname=web-01.'
    )
  return { type: 'compare', name: 'os', operator: '=', value: os }
}

const ARCHES: Record<string, string> = { amd64: 'x64', '386': 'ia32', arm64: 'arm64', arm: 'arm' }

const arch = (pattern: Pattern, { sql, at }: Context): Target => {
  const name = plainOf(pattern)?.toLowerCase() ?? ''
  const value = Object.hasOwn(ARCHES, name) ? ARCHES[name] : undefined
  if (value === undefined)
    throw sqlForeign(sql, at, 'this names no architecture', 'Write arch=x64, arch=ia32 or arch=arm64.')
  return { type: 'compare', name: 'arch', operator: '=', value }
}

/** What is always so here: everyone, or nobody. */
const constant = (
  name: string,
  always: readonly string[],
  why: string,
  pattern: Pattern,
  context: Context
): Target => {
  const glob = globOf(pattern) ?? ''
  if (always.some(value => matchGlob(glob, value))) return EVERYONE
  context.warn(`${name}: there is no ${JSON.stringify(glob.slice(0, 32))} here (${why}); it names nobody.`)
  return NOBODY
}

/** Addresses stand in MIG as a list in JSON, which is searched as text: '%"10.8.%', '%10.8.4.7%'. */
const addresses = (pattern: Pattern, { sql, at, warn }: Context): Target => {
  const inner = pattern.filter(piece => !isMany(piece))
  const text = inner.length === 1 && typeof inner[0] === 'string' ? inner[0].replace(/["[\]\s]/g, '') : ''
  const octets = /^(\d{1,3}\.){1,3}$/.test(text) ? text.split('.').filter(Boolean) : undefined
  if (octets !== undefined) {
    if (!String(inner[0]).startsWith('"'))
      warn(`addresses: ${text} is taken as the beginning of an address; MIG finds it anywhere in one.`)
    const network = `${[...octets, '0', '0', '0'].slice(0, 4).join('.')}/${8 * octets.length}`
    return { type: 'in', name: 'ip', values: [network] }
  }
  if (/^\d{1,3}(\.\d{1,3}){3}(\/\d*)?$/.test(text) || /^[0-9a-f:]*:[0-9a-f:]*[0-9a-f]$/.test(text))
    return { type: 'in', name: 'ip', values: [text.split('/')[0]!] }
  throw sqlForeign(sql, at, 'this names no network', 'Write ip in 10.8.0.0/16.')
}

const tag = ({ path, fold }: Column, pattern: Pattern, context: Context): Target => {
  const key = path[0]!.toLowerCase()
  const small = lower(pattern)
  if (!/^[a-z0-9._-]{1,63}$/.test(key) || isReservedName(key))
    throw sqlForeign(
      context.sql,
      context.at,
      `no tag of ours is called ${JSON.stringify(path[0]!.slice(0, 64))}`,
      'Give hosts a tag of a-z 0-9 . _ - when they are enrolled, and name that: -t role=web.'
    )
  if (key !== path[0] || (!fold && JSON.stringify(small) !== JSON.stringify(pattern)))
    context.warn(`tags->>${JSON.stringify(path[0])}: tags are in lower case.`)
  return compared(key, small, context)
}

/** Only versions have an order. */
export const compareVersion = (
  { name, path }: Column,
  operator: Operator,
  value: () => string,
  context: Context
): Target => {
  if (name !== 'version') {
    const key = [name, ...path].join('.').toLowerCase()
    throw Object.hasOwn(GONE, key)
      ? gone(key, context)
      : sqlForeign(context.sql, context.at, 'only versions have an order', 'Write version<2.1.')
  }
  context.warn('version: builds of MIG agents are not versions of Gumshoe; compare it with gumshoe agents.')
  return { type: 'compare', name: 'version', operator, value: value() }
}
