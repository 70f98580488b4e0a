import type { Target } from '../../src/documents/target/ast.ts'
import type { Warn } from './json.ts'
import { allOf, EVERYONE, oneOf } from './logic.ts'
import { isMany, type Pattern } from './pattern.ts'
import { sqlForeign } from './sql-lex.ts'

/** How an operating system calls itself in MIG, our name for it, and how many parts its VERSION_ID has. */
const SYSTEMS: readonly [name: string, distribution: string, parts: number][] = [
  ['ubuntu', 'ubuntu', 2],
  ['debian', 'debian', 1],
  ['cent|centos', 'centos', 2],
  ['red ?hat|rhel|red(?=\\0)', 'rhel', 2],
  ['fedora', 'fedora', 1],
  ['amazon|amzn', 'amzn', 2],
  ['oracle', 'ol', 2],
  ['rocky', 'rocky', 2],
  ['alma(?: ?linux)?', 'almalinux', 2],
  ['linux ?mint|mint', 'linuxmint', 2],
  ['opensuse.*tumbleweed', 'opensuse-tumbleweed', 1],
  ['opensuse', 'opensuse-leap', 2],
  ['suse|sles', 'sles', 2],
  ['alpine', 'alpine', 3],
  ['gentoo', 'gentoo', 2],
  ['arch', 'arch', 1]
]
const MACHINES: readonly [name: string, os: string][] = [
  ['mac ?os(?: ?x)?|darwin', 'darwin'],
  ['(?:microsoft )?windows', 'windows']
]
/** Words that tell no host from another where the system is named. */
const IDLE =
  /(?<![a-z0-9])(?:gnu|linux|os|enterprise|server|release|version|leap|final|stable)(?![a-z0-9])|[^a-z0-9?]/g

/** A name by itself: `arch` does not stand in `research`. */
const namedIn = (text: string, name: string): RegExpExecArray | null =>
  new RegExp(`(?<![a-z0-9])(?:${name})(?![a-z])`).exec(text)

const FIX = 'Write what ID and VERSION_ID of os-release say: distribution=debian and distribution-version=12.'

interface Place {
  readonly sql: string
  readonly at: number
  readonly warn: Warn
}

/**
 * MIG's ident is a line of the host: `Ubuntu 12.04.5 LTS precise`, `Red Hat Enterprise Linux Server release 6.5`. Ours are
 * two facts of os-release, so the name and the version that stand in a pattern are looked for. Whatever else it says (`%precise%`)
 * would be left out, and other hosts asked than were meant: it is refused.
 */
export const distributionOf = (pattern: Pattern, place: Place): Target => {
  if (pattern.every(isMany)) return EVERYONE
  const text = pattern
    .map(piece => (typeof piece === 'string' ? piece : isMany(piece) ? '\0' : '?'))
    .join('')
    .toLowerCase()
  for (const [name, os] of MACHINES) {
    const found = namedIn(text, name)
    if (found === null) continue
    refuseMore(behind(text, found, `os=${os}`, place), `os=${os}`, place)
    return { type: 'compare', name: 'os', operator: '=', value: os }
  }
  for (const [name, distribution, parts] of SYSTEMS) {
    const found = namedIn(text, name)
    if (found !== null)
      return versionIn(behind(text, found, `distribution=${distribution}`, place), distribution, parts, place)
  }
  throw sqlForeign(place.sql, place.at, 'this names no distribution that is known here', FIX)
}

/** What stands behind a name; nothing that says something stands before it. */
const behind = (text: string, { index, 0: name }: RegExpExecArray, meant: string, place: Place): string => {
  refuseMore(text.slice(0, index), meant, place)
  return text.slice(index + name.length)
}

const refuseMore = (rest: string, meant: string, { sql, at }: Place): void => {
  const more = rest.replace(IDLE, '')
  if (more !== '')
    throw sqlForeign(
      sql,
      at,
      `beside ${meant} it says more (${more.slice(0, 32)}), by which no target of ours tells hosts apart`,
      FIX
    )
}

const versionIn = (rest: string, distribution: string, parts: number, place: Place): Target => {
  const named: Target = { type: 'compare', name: 'distribution', operator: '=', value: distribution }
  const found = /(?<![a-z0-9.?])(\d+(?:\.\d+)*)(?![a-z0-9?])(\.?)(\0?)/.exec(rest)
  if (found === null) {
    refuseMore(rest, `distribution=${distribution}`, place)
    return named
  }
  const [all, whole, dot, open] = found
  const said = whole!.split('.')
  // What comes after a whole version is its name.
  const isWhole = said.length >= parts && dot === ''
  const last = rest.slice(found.index + all.length)
  const checked = isWhole ? last.replace(/[a-z]/g, '') : last
  const version = said.slice(0, parts).join('.')
  refuseMore(`${rest.slice(0, found.index)} ${checked}`, `distribution=${distribution} ${version}`, place)
  if (said.length > parts)
    place.warn(`ident: os-release of ${distribution} has no more than ${version} of ${whole}.`)
  return allOf([named, versioned(version, said.length, parts, dot === '' && open !== '')])
}

const NAME = 'distribution-version'

/** `6` is 6, and any 6.x where the distribution has such versions; `6%` is whatever begins so. */
const versioned = (version: string, said: number, parts: number, open: boolean): Target => {
  const exact: Target = { type: 'compare', name: NAME, operator: '=', value: version }
  const like = (value: string): Target => ({ type: 'compare', name: NAME, operator: '~', value })
  if (open && said <= parts) return like(`${version}*`)
  return said < parts ? oneOf([exact, like(`${version}.*`)]) : exact
}
