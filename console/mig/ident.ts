import type { Target } from '../../src/documents/target/ast.ts'
import type { Warn } from './json.ts'
import { allOf, EVERYONE, oneOf } from './logic.ts'
import { isMany, type Pattern } from './pattern.ts'
import { sqlForeign } from './sql-lex.ts'

/** How an operating system calls itself in MIG, our name for it, and how many parts its VERSION_ID has. */
const SYSTEMS: readonly [pattern: RegExp, distribution: string, parts: number][] = [
  [/ubuntu/, 'ubuntu', 2],
  [/debian/, 'debian', 1],
  [/cent/, 'centos', 1],
  [/^red\0|red ?hat|rhel/, 'rhel', 2],
  [/fedora/, 'fedora', 1],
  [/amazon|amzn/, 'amzn', 2],
  [/oracle/, 'ol', 2],
  [/rocky/, 'rocky', 2],
  [/alma/, 'almalinux', 2],
  [/mint/, 'linuxmint', 2],
  [/opensuse.*tumbleweed/, 'opensuse-tumbleweed', 1],
  [/opensuse/, 'opensuse-leap', 2],
  [/suse|sles/, 'sles', 2],
  [/alpine/, 'alpine', 3],
  [/gentoo/, 'gentoo', 2],
  [/arch/, 'arch', 1]
]

/**
 * MIG's ident is a line of the host: `Ubuntu 12.04.5 LTS precise`, `Red Hat Enterprise Linux Server release 6.5`. Ours are
 * two facts of os-release, so the name and the version that stand in a pattern are looked for.
 */
export const distributionOf = (
  pattern: Pattern,
  { sql, at, warn }: { sql: string; at: number; warn: Warn }
): Target => {
  if (pattern.every(isMany)) return EVERYONE
  const text = pattern
    .map(piece => (typeof piece === 'string' ? piece : isMany(piece) ? '\0' : '?'))
    .join('')
    .toLowerCase()
  if (/mac ?os|darwin/.test(text)) return { type: 'compare', name: 'os', operator: '=', value: 'darwin' }
  if (/windows/.test(text)) return { type: 'compare', name: 'os', operator: '=', value: 'windows' }
  const system = SYSTEMS.find(([known]) => known.test(text))
  if (system === undefined)
    throw sqlForeign(
      sql,
      at,
      'this names no distribution that is known here',
      'Write what ID and VERSION_ID of os-release say: distribution=debian and distribution-version=12.'
    )
  const [known, distribution, parts] = system
  const named: Target = { type: 'compare', name: 'distribution', operator: '=', value: distribution }
  const rest = text.slice(text.search(known))
  const version = /(?:^|[^0-9.])(\d+(?:\.\d+)*)(\.?)(\0|.|$)/s.exec(rest)
  if (version === null) return named
  const said = version[1]!.split('.')
  if (said.length > parts)
    warn(
      `ident: os-release of ${distribution} has no more than ${said.slice(0, parts).join('.')} of ${version[1]}.`
    )
  return allOf([named, versioned(said.slice(0, parts).join('.'), said.length < parts)])
}

/** `6` is 6, and any 6.x where the distribution has such versions. */
const versioned = (version: string, short: boolean): Target => {
  const name = 'distribution-version'
  const exact: Target = { type: 'compare', name, operator: '=', value: version }
  return short ? oneOf([exact, { type: 'compare', name, operator: '~', value: `${version}.*` }]) : exact
}
