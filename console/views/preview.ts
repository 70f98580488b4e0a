import { count } from '../../src/cli/count.ts'
import { type Output, paint } from '../../src/cli/out.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { fold } from '../../src/cli/table.ts'
import { parseTime } from '../../src/clock.ts'
import { REVEAL } from '../../src/documents/action.ts'
import type { Charter } from '../../src/documents/charter.ts'
import { namesUsed } from '../../src/documents/target/names.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import { topicsOf } from '../../src/documents/target/topics.ts'
import { LIMITS } from '../../src/limits.ts'
import { contentChecksOf } from '../../src/modules/content-checks.ts'
import { findModule } from '../../src/modules/index.ts'
import { isStanding } from '../../src/modules/standing.ts'
import { countsAsSensitive, quorumOf, resolveLimits, ruleOf } from '../../src/trust/policy.ts'
import type { KnownHost } from '../answers/known-host.ts'
import { type Composed, missingOf } from '../ask/compose.ts'
import { sayReveal } from './say-reveal.ts'
import { list, moment, percent, span } from './words.ts'

export interface PreviewInput {
  /** The short name that it will have. */
  readonly short: string
  readonly composed: Composed
  readonly charter: Charter
  /** Names of those whose signature it will carry. */
  readonly signers: readonly string[]
  /** Known hosts that the target names. */
  readonly hosts: readonly KnownHost[]
  /** On how many hosts each tag is, so far as they are connected: by this the nodes choose topics too. */
  readonly counts: ReadonlyMap<string, number>
  readonly now: number
}

/** What is asked, of whom, what leaves, who sees it, what it costs and whether the policy allows it: read before anything is signed. */
export const previewLines = (input: PreviewInput): string[] =>
  [
    headOf(input),
    ...saysOf(input),
    targetOf(input),
    hostsOf(input),
    ...wontRunOf(input),
    ...leavesOf(input),
    seenByOf(input),
    costOf(input),
    ...bitsOf(input),
    policyOf(input)
  ].map(line => safeText(line))

const headOf = ({ short, composed: { action, note } }: PreviewInput): string => {
  const { case: number, reason, title } = note?.clear ?? {}
  return [
    `${short} UNSIGNED  ${action.operations.map(({ module }) => module).join(' ')}`,
    number && `case ${number}`,
    title && `"${title}"`,
    reason && `reason "${reason}"`
  ]
    .filter(Boolean)
    .join('   ')
}

const saysOf = ({ composed: { action } }: PreviewInput): string[] => [
  ...action.operations.map(operation => {
    const spec = findModule(operation.module)
    const parsed = spec?.params.safeParse(operation.params)
    const { condition } = operation
    const only = condition
      ? `   only where ${condition.when}(${'op' in condition ? condition.op : condition.action.slice(0, 12)})`
      : ''
    const name = action.operations.length > 1 ? `${operation.id}: ` : ''
    return `says     ${name}${spec && parsed?.success ? spec.say(parsed.data) : sayReveal(operation)}${only}`
  }),
  ...(action.purpose ? [`purpose  "${action.purpose}", in clear: owners of hosts read it`] : []),
  ...(action.widens ? [`widens   ${action.widens.slice(0, 12)}: hosts that ran that one ignore this`] : [])
]

const targetOf = ({ composed: { action } }: PreviewInput): string => {
  // A peer id is proved by its key, not claimed.
  const facts = namesUsed(parseTarget(action.target)).facts.filter(name => name !== 'id')
  const word = facts.length > 0 ? `${facts.join(', ')}: the host's own word` : 'none used'
  return `target   ${action.target}        tags: by enrolment | facts: ${word}`
}

const hostsOf = ({ hosts, now }: PreviewInput): string => {
  const away = hosts.filter(host => !host.connected).map(({ time }) => now - time)
  const since = away.length === 0 ? '' : ` (${spanOf(away)})`
  const here = hosts.filter(host => host.connected)
  const first = hosts.length === 0 ? '' : `   first: ${list(hosts.map(({ name }) => name))}`
  return `hosts    ${hosts.length} known = ${here.length} connected + ${away.length} away${since}${first}`
}

const spanOf = (ages: readonly number[]): string => {
  const [least, most] = [span(Math.min(...ages)), span(Math.max(...ages))]
  return least === most ? least : `${least} to ${most}`
}

/** Hosts of which it is known already that they will refuse, or answer late. */
const wontRunOf = ({ composed: { action }, hosts, charter, now }: PreviewInput): string[] => {
  const specs = action.operations.flatMap(({ module }) => findModule(module) ?? [])
  const modules = action.operations.map(({ module }) => module).filter(module => module !== REVEAL)
  const those = (what: string, is: (host: KnownHost) => boolean) => {
    const names = hosts.filter(is).map(({ name }) => name)
    return names.length === 0 ? [] : [`${names.length} ${what} (${list(names, 3)})`]
  }
  const wont = [
    ...those('module off', ({ facts }) =>
      modules.some(module => facts && !facts.modules.includes(module as never))
    ),
    ...those(
      `${action.disclosure} off`,
      ({ facts }) => facts !== undefined && !facts.disclosures.includes(action.disclosure)
    ),
    ...those('clock ahead', ({ time }) => time - now > LIMITS.clockSkewMs),
    ...those('unsupported', ({ facts }) =>
      specs.some(
        spec => facts && (!spec.platforms.includes(facts.os as never) || (facts.rooted && !spec.anyRoot))
      )
    )
  ]
  const behind = hosts.filter(host => host.charter < charter.version).length
  const late = behind === 0 ? [] : [`charter v${charter.version}, catching up: ${behind}`]
  const line = [...(wont.length > 0 ? [`won't run: ${wont.join(', ')}`] : []), ...late].join(' | ')
  return line === '' ? [] : [`         ${line}`]
}

const leavesOf = ({ composed: { action } }: PreviewInput): string[] => {
  const modules = action.operations.map(({ module }) => module)
  if (modules.every(module => module === REVEAL))
    return ['leaves   the values behind these commitments, IN CLEAR | never: contents']
  const columns = modules.flatMap(module => Object.entries(findModule(module)?.columns ?? {}))
  const of = (secrecy: string) =>
    [...new Set(columns.filter(([, column]) => column.secrecy === secrecy).map(([name]) => name))].join(', ')
  const also = (words: string, names: string) => (names === '' ? '' : ` | ${words}: ${names}`)
  const guessable = also('which of your own literals matched', of('guessable'))
  switch (action.disclosure) {
    case 'match':
      return ['leaves   verdict, coverage, counts | never: values, contents']
    case 'clear':
      return [
        `leaves   verdict, coverage, ${of('plain')} | IN CLEAR: ${[of('private'), of('guessable')].filter(Boolean).join(', ')} | never: contents`
      ]
    case 'hashed':
      return [
        `leaves   verdict, coverage, ${of('plain')}${also('as ⟨⟩', of('private'))}${guessable} | never: contents`
      ]
  }
}

const seenByOf = ({ composed: { action }, charter, counts }: PreviewInput): string => {
  const topics = topicsOf(parseTarget(action.target), charter.topicKeys, counts)
  const readers = charter.persons
    .filter(({ keys }) => keys.some(({ fingerprint }) => action.readers.includes(fingerprint)))
    .map(({ name }) => name)
  const who = topics.includes('all') ? 'every host' : `members of ${topics.join(' and of ')}`
  const nodes = charter.nodes.length === 2 ? 'both nodes' : count(charter.nodes.length, 'node')
  return `seen by  question: ${who}, ${nodes} | answers: ${readers.join(', ')}`
}

const costOf = ({ composed: { action }, charter }: PreviewInput): string => {
  const resolved = action.operations.flatMap(operation => {
    const spec = findModule(operation.module)
    const limits = {
      policy: ruleOf(charter.policy, operation)?.limits ?? {},
      action: action.limits,
      host: {}
    }
    return spec ? [resolveLimits(spec.limits, limits)] : []
  })
  const ceiling = `ceiling ${percent(action.ceilingPpm)}`
  if (resolved.length === 0) return `cost     next to nothing    ${ceiling}`
  const sum = (name: 'wallMs' | 'cpuMs' | 'rows') =>
    resolved.reduce((total, limits) => total + limits[name], 0)
  const stands = action.operations.some(({ module }) => isStanding(module))
  const memory = Math.max(...resolved.map(({ memoryMiB }) => memoryMiB))
  if (stands)
    return `cost     stands to its end, ≤ ${sum('cpuMs') / 1_000} s CPU an hour nice 19, ≤ ${memory} MiB, ≤ ${count(sum('rows'), 'row')} a part, ≤ ${count(LIMITS.standingParts, 'part')} a host    ${ceiling}`
  return `cost     ≤ ${sum('wallMs') / 1_000} s, ≤ 1 core nice 19, ≤ ${memory} MiB, ≤ ${count(sum('rows'), 'row')} a host    ${ceiling}`
}

/** Why a question takes more than its modules say. */
const bitsOf = ({ composed: { action }, charter: { policy } }: PreviewInput): string[] => {
  const contentChecks = contentChecksOf(action.operations)
  const asked = { ...action, contentChecks }
  if (!action.operations.some(operation => countsAsSensitive(policy, asked, operation))) return []
  const many = Number.isFinite(contentChecks)
    ? `${count(contentChecks, 'check')} about contents`
    : 'any number of checks about contents, as the rules are attached'
  const reaches = action.operations.some(({ module }) => module === 'timedrift/1')
  return [
    reaches && !Number.isFinite(contentChecks)
      ? 'bits     hosts send to machines of your choice: it counts as sensitive'
      : `bits     ${many}: more than ${LIMITS.contentChecks}, so it counts as sensitive`
  ]
}

const policyOf = ({ composed: { action }, charter, signers, now }: PreviewInput): string => {
  const missing = missingOf(action, charter, signers)
  const asked = { ...action, contentChecks: contentChecksOf(action.operations) }
  const quorums = action.operations.flatMap(operation => quorumOf(charter.policy, asked, operation) ?? [])
  const own = charter.persons.filter(({ name }) => signers.includes(name))
  const weight = own.reduce((sum, person) => sum + person.weight, 0)
  const risks = action.operations.map(operation =>
    countsAsSensitive(charter.policy, asked, operation)
      ? 'sensitive'
      : (ruleOf(charter.policy, operation)?.risk ?? 'not listed')
  )
  const risk = [...new Set(risks)].join('+')
  const level = action.operations.every(({ module }) => module === REVEAL) ? 'reveal' : action.disclosure
  const end = parseTime(action.expires)
  return [
    `policy   ${risk}/${level}: weight ${Math.max(...quorums.map(quorum => quorum.weight))} of your ${weight}, people ${Math.max(...quorums.map(({ persons }) => persons))} of ${own.length}`,
    missing === undefined ? 'OK' : `NOT REACHED, missing: ${missing.more}; who could sign: ${missing.could}`,
    `open until ${moment(end, now)} UTC (${span(end - now)})`
  ].join('   ')
}

/** What a person must not overlook stands out; the rest is quiet. */
const painted = (line: string, output: Output): string =>
  line
    .replace(/NOT REACHED|IN CLEAR|in clear|won't run/g, words => paint(output, 'yellow', words))
    .replace(/ {3}OK {3}/, `   ${paint(output, 'green', 'OK')}   `)
    .replace(/^[a-z]+( by)?(?= {2})/, label => paint(output, 'cyan', label))

/** Shows all of it, however narrow the window is. */
export const showPreview = (input: PreviewInput, output: Output): void => {
  for (const [i, line] of previewLines(input).entries())
    for (const part of fold(line, output.width))
      output.status(i === 0 ? paint(output, 'bold', part) : painted(part, output))
}
