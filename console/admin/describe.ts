import { count } from '../../src/cli/count.ts'
import type { Charter, Quorum } from '../../src/documents/charter.ts'
import type { Grant } from '../../src/documents/grant.ts'
import { DISCLOSURES } from '../../src/documents/vocabulary.ts'
import { sayMeshId } from './mesh-id.ts'

/** Documents of the admins in words, line by line: what a signer sees before he signs. Names in them are ASCII by their form. */

const quorumWords = (quorum: Quorum | undefined): string => {
  if (quorum === undefined) return 'not allowed'
  const persons = quorum.persons > 1 ? ` of ${quorum.persons} persons` : ''
  return `weight ${quorum.weight}${persons}${quorum.reason ? ' and a reason' : ''}`
}

const percent = (ppm: number): string => `${ppm / 10_000} %`

const personLines = (charter: Charter): string[] =>
  charter.persons.flatMap(person => {
    const revoked = charter.revoked.persons.includes(person.name) ? '  REVOKED' : ''
    const head = `  ${person.name}  ${person.roles.join(', ') || 'no role'}  weight ${person.weight}${revoked}`
    const keys = person.keys.map(({ fingerprint }) => {
      const gone = charter.revoked.keys.includes(fingerprint) ? '  REVOKED' : ''
      return `    key ${fingerprint.toUpperCase()}${gone}`
    })
    return [head, ...keys]
  })

const ruleLines = ({ policy }: Charter): string[] => [
  ...policy.modules.map(rule => {
    const quorums = DISCLOSURES.map(level => `${level}: ${quorumWords(rule.quorum[level])}`).join('; ')
    return `  ${rule.module}  ${rule.risk}  ${quorums}; at most ${percent(rule.ceilingPpm)} of the hosts`
  }),
  '  every other module: refused',
  `  windows up to ${policy.windowMaxS / 3600} h, respond ${policy.respondWindowMaxS / 3600} h; ` +
    `${count(policy.personActionsPer10Min, 'action')} a person in ten minutes; kept ${count(policy.retentionDays, 'day')}`
]

const listed = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`  ${title}  ${items.join(' ')}`]

export const describeCharter = (charter: Charter, id: string): string[] => [
  `charter of ${charter.name}, version ${charter.version}${charter.lab ? '   LAB: one person may rule and ask alone' : ''}`,
  `mesh ${sayMeshId(charter.mesh ?? id)}`,
  `this version ${id}`,
  `from ${charter.issued} to ${charter.expires}`,
  `persons (${charter.adminThreshold} of the admins must sign a change)`,
  ...personLines(charter),
  charter.recovery === undefined
    ? 'recovery  none: if the admins lose their keys, the mesh can only be made anew'
    : `recovery  key ${charter.recovery.fingerprint.toUpperCase()}, kept offline`,
  'bootstrap nodes',
  ...charter.nodes.map(({ name, addresses }) => `  ${name}  ${addresses.join('  ')}`),
  `topics  all${charter.topicKeys.map(key => `, each value of ${key}`).join('')}`,
  'policy',
  ...ruleLines(charter),
  'revoked',
  ...(Object.values(charter.revoked).every(list => list.length === 0) ? ['  nothing'] : []),
  ...listed('persons', charter.revoked.persons),
  ...listed('keys', charter.revoked.keys),
  ...listed('grants', charter.revoked.grants),
  ...listed('hosts', charter.revoked.peers),
  ...(charter.note === undefined ? [] : [`note  ${charter.note}`])
]

/** Modules of one line of a folded rule. */
const MODULES_A_LINE = 6

/** For reading as a whole: modules that one rule holds for stand together, so that what is ruled otherwise is seen. */
export const foldRules = (lines: readonly string[]): string[] => {
  const ruleOf = (line: string) => /^ {2}(\S+\/\d+) {2}(.*)$/.exec(line)
  const rules = Map.groupBy(lines, line => ruleOf(line)?.[2])
  const told = new Set<string>()
  return lines.flatMap(line => {
    const rule = ruleOf(line)?.[2]
    if (rule === undefined) return [line]
    if (told.has(rule)) return []
    told.add(rule)
    const modules = rules.get(rule)!.map(one => ruleOf(one)![1]!)
    const rows = Array.from({ length: Math.ceil(modules.length / MODULES_A_LINE) }, (_, i) =>
      modules.slice(i * MODULES_A_LINE, (i + 1) * MODULES_A_LINE)
    )
    return [...rows.map(row => `  ${row.join(' ')}`), `    ${rule}`]
  })
}

/** Lines that differ between any two versions. */
const HEADS = /^(charter of|this version|from) /

/** Only the lines in which two versions differ, with − and + before them. */
export const describeChange = (before: readonly string[], after: readonly string[]): string[] => {
  const [was, is] = [underHeadings(before), underHeadings(after)]
  return [
    ...was.filter(line => !is.includes(line) && !HEADS.test(line)).map(line => `- ${line}`),
    ...is.filter(line => !was.includes(line)).map(line => `+ ${line}`)
  ]
}

/** Each indented line with the heading that it stands under: a co-signer must see whether a host is added or revoked. */
const underHeadings = (lines: readonly string[]): string[] => {
  let heading = ''
  return lines.map(line => {
    if (line.startsWith(' ')) return `${heading}: ${line.trim()}`
    heading = line.split('  ')[0]!.replace(/ \(.*/, '')
    return line
  })
}

export const describeGrant = (grant: Grant, id: string): string[] => [
  `grant ${id}`,
  `lets up to ${count(grant.hosts, 'host')} enrol until ${grant.notAfter}`,
  `tags  ${grant.tags.join(' ') || 'none'}`,
  grant.leaf ? 'leaf  the hosts do not listen' : 'the hosts may listen to each other'
]
