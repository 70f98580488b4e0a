import { cut, type Output, paint } from '../../src/cli/out.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { REVEAL } from '../../src/documents/action.ts'
import type { Charter } from '../../src/documents/charter.ts'
import { namesUsed } from '../../src/documents/target/names.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import { topicsOf } from '../../src/documents/target/topics.ts'
import { findModule } from '../../src/modules/index.ts'
import { quorumOf, readReveal, resolveLimits, ruleOf } from '../../src/trust/policy.ts'
import type { KnownHost } from '../answers/hosts.ts'
import { type Composed, missingOf } from '../ask/compose.ts'

export interface PreviewInput {
  readonly composed: Composed
  readonly charter: Charter
  readonly asker: string
  /** Names of those whose signature it will carry. */
  readonly signers: readonly string[]
  readonly hosts: readonly KnownHost[]
  readonly now: number
}

const since = (ms: number): string =>
  ms < 3_600_000
    ? `${Math.round(ms / 60_000)} min`
    : ms < 172_800_000
      ? `${Math.round(ms / 3_600_000)} h`
      : `${Math.round(ms / 86_400_000)} d`

/** What is asked, of whom, what leaves, who sees it, what it costs and whether the policy allows it: read before anything is signed. */
export const previewLines = (input: PreviewInput): string[] => {
  const { composed, charter, signers, hosts, now } = input
  const { action, note } = composed
  const modules = action.operations.map(({ module }) => module).join(', ')
  const lines: string[] = []
  const clear = note?.clear ?? {}
  lines.push(
    `UNSIGNED  ${modules}${clear.case ? `   case ${clear.case}` : ''}${clear.reason ? `   reason "${clear.reason}"` : ''}${clear.title ? `   "${clear.title}"` : ''}`
  )
  for (const operation of action.operations) {
    const spec = findModule(operation.module)
    const parsed = spec?.params.safeParse(operation.params)
    const condition = operation.condition
      ? `   only where ${operation.condition.when}(${operation.condition.action.slice(0, 12)})`
      : ''
    lines.push(
      `says     ${spec && parsed?.success ? spec.say(parsed.data) : saysReveal(operation)}${condition}`
    )
  }
  const { facts } = namesUsed(parseTarget(action.target))
  lines.push(
    `target   ${action.target}        tags: by enrolment | facts: ${facts.length > 0 ? `${facts.join(', ')} (the host's word)` : 'none used'}`
  )
  const connected = hosts.filter(host => host.connected)
  const away = hosts.filter(host => !host.connected)
  const oldest = Math.max(0, ...away.map(({ time }) => now - time))
  lines.push(
    `hosts    ${hosts.length} known = ${connected.length} connected + ${away.length} away${away.length > 0 ? ` (up to ${since(oldest)})` : ''}   first: ${hosts
      .slice(0, 6)
      .map(({ name }) => name)
      .join(' ')}${hosts.length > 6 ? ' …' : ''}`
  )
  const wont = wontRun(input)
  if (wont) lines.push(`         ${wont}`)
  lines.push(
    ...leaves(
      action.disclosure,
      action.operations.map(({ module }) => module)
    )
  )
  const topics = topicsOf(parseTarget(action.target), [...charter.topicKeys])
  const readers = charter.persons
    .filter(({ keys }) => keys.some(({ fingerprint }) => action.readers.includes(fingerprint)))
    .map(({ name }) => name)
  lines.push(
    `seen by  question: members of ${topics.join(' and of ')}, ${charter.nodes.length} bootstrap node${charter.nodes.length === 1 ? '' : 's'} | answers: ${readers.join(', ')}`
  )
  lines.push(cost(input))
  const missing = missingOf(action, charter, signers)
  const quorums = action.operations.map(operation => quorumOf(charter.policy, action, operation)!)
  const risk = ruleOf(charter.policy, action.operations[0]!)?.risk ?? '?'
  lines.push(
    `policy   ${risk}/${action.disclosure}: weight ${Math.max(...quorums.map(({ weight }) => weight))}, people ${Math.max(...quorums.map(({ persons }) => persons))}   ${missing === undefined ? 'OK' : `NOT REACHED: ${missing}`}   open until ${action.expires.replace('T', ' ').slice(0, 16)}`
  )
  return lines.map(line => safeText(line))
}

/** A reveal in words: how many dark parts of which action it opens. */
const saysReveal = (operation: Composed['action']['operations'][number]): string => {
  if (operation.module !== REVEAL) return JSON.stringify(operation.params)
  const { action, module, commitments } = readReveal(operation.params)
  return `opens ${commitments.length} dark part${commitments.length === 1 ? '' : 's'} (${commitments
    .slice(0, 4)
    .map(hex => `⟨${hex.slice(0, 4)}⟩`)
    .join(' ')}) that hosts answered to ${module} in ${action.slice(0, 12)}`
}

const wontRun = ({ composed: { action }, hosts, charter }: PreviewInput): string => {
  const modules = action.operations.map(({ module }) => module)
  const off = hosts.filter(
    ({ facts }) =>
      facts && modules.some(module => module !== 'reveal/1' && !facts.modules.includes(module as never))
  )
  const level = hosts.filter(({ facts }) => facts && !facts.disclosures.includes(action.disclosure))
  const behind = hosts.filter(host => host.charter < charter.version)
  return [
    ...(off.length > 0 ? [`${off.length} module off`] : []),
    ...(level.length > 0
      ? [
          `${level.length} ${action.disclosure} off (${level
            .slice(0, 3)
            .map(({ name }) => name)
            .join(' ')})`
        ]
      : []),
    ...(behind.length > 0 ? [`charter v${charter.version}, catching up: ${behind.length}`] : [])
  ]
    .map((text, i) => (i === 0 ? `won't run: ${text}` : text))
    .join(', ')
}

const leaves = (disclosure: string, modules: readonly string[]): string[] => {
  const columns = modules.flatMap(module => Object.entries(findModule(module)?.columns ?? {}))
  const of = (secrecy: string) =>
    [...new Set(columns.filter(([, column]) => column.secrecy === secrecy).map(([name]) => name))].join(', ')
  if (modules.every(module => module === 'reveal/1'))
    return ['leaves   the values behind the given commitments, IN CLEAR | never: contents']
  if (disclosure === 'match') return ['leaves   verdict, coverage, counts | never: values, contents']
  if (disclosure === 'clear')
    return [`leaves   verdict, coverage and IN CLEAR: ${of('plain')}, ${of('private')} | never: contents`]
  return [`leaves   verdict, coverage, ${of('plain')} | as ⟨⟩: ${of('private')} | never: contents`]
}

const cost = ({ composed: { action }, charter }: PreviewInput): string => {
  const resolved = action.operations.flatMap(operation => {
    const spec = findModule(operation.module)
    return spec
      ? [
          resolveLimits(spec.limits, {
            policy: ruleOf(charter.policy, operation)?.limits ?? {},
            action: action.limits,
            host: {}
          })
        ]
      : []
  })
  const most = (name: 'wallMs' | 'rows' | 'memoryMiB') =>
    resolved.reduce((sum, limits) => sum + limits[name], 0)
  if (resolved.length === 0) return `cost     next to nothing    ceiling ${action.ceilingPpm / 10_000} %`
  return `cost     ≤ ${most('wallMs') / 1_000} s, ≤ 1 core nice 19, ≤ ${most('memoryMiB')} MiB, ≤ ${most('rows').toLocaleString('en')} rows a host    ceiling ${action.ceilingPpm / 10_000} %`
}

export const showPreview = (input: PreviewInput, output: Output): void => {
  if (input.charter.lab)
    output.status(paint(output, 'yellow', 'LAB MESH: one person may rule and command here.'))
  for (const [i, line] of previewLines(input).entries())
    output.status(i === 0 ? paint(output, 'bold', cut(line, output.width)) : cut(line, output.width))
}
