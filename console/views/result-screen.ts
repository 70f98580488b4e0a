import { count } from '../../src/cli/count.ts'
import { type Output, paint } from '../../src/cli/out.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { fold } from '../../src/cli/table.ts'
import { parseTime } from '../../src/clock.ts'
import type { Operation } from '../../src/documents/action.ts'
import { REVEAL } from '../../src/documents/action.ts'
import { standingIn } from '../answers/case-file.ts'
import type { Value } from '../answers/stack.ts'
import type { HostState, Tally } from '../answers/tally.ts'
import { cellOf, headline, inState, isDark, paintHeadline, type Result, STATES } from './result.ts'
import { recordResult } from './result-json.ts'
import { sayVerdicts } from './verdicts.ts'
import { list, moment } from './words.ts'

/** Values that are shown on a terminal; a pipe and --json have them all. */
const SHOWN_VALUES = 40

/** The screen after the answers; JSON Lines where they are wanted. */
export const showResult = (result: Result, output: Output, { rows = true } = {}): void => {
  if (output.json) {
    recordResult(result, output, { rows })
    return
  }
  const head = headOf(result)
  for (const [i, line] of fold(head, output.width).entries())
    output.line(i === 0 ? line.replace(headline(result), paintHeadline(result, output)) : line)
  for (const line of summaryLines(result)) {
    const colour = /^(DISCARDED|CANCELLED)/.test(line) ? 'red' : undefined
    for (const part of fold(line, output.width)) output.line(colour ? paint(output, colour, part) : part)
  }
  for (const operation of result.case.action.operations) showValues(result, operation, output)
  const { hosts, verdicts } = result.tally
  const reveals = result.case.action.operations.every(({ module }) => module === REVEAL)
  if (!reveals && verdicts.no.length > 0 && verdicts.no.length < hosts.length)
    output.line(`A "no" holds for ${verdicts.no.length} of ${count(hosts.length, 'host')}.`)
  output.status(`next: ${nextOf(result).join(' | ')}`)
}

const headOf = (result: Result): string => {
  const { action, note, by } = result.case
  const modules = [...new Set(action.operations.map(({ module }) => module.split('/')[0]))].join('+')
  return [
    `${result.short} ${modules}  ${action.target}`,
    note?.case && `case ${note.case}`,
    `${by.join(' + ') || 'by nobody in force'} ${action.validFrom.slice(11, 19)}`,
    headline(result),
    endOf(result)
  ]
    .filter(Boolean)
    .join('   ')
}

const endOf = ({ case: { action, cancelled }, now }: Result): string => {
  const at = (ms: number) => `${moment(ms, now)} UTC`
  if (cancelled !== undefined) return `cancelled ${at(cancelled.at)} by ${cancelled.by}`
  const end = parseTime(action.expires)
  return end > now ? `open until ${at(end)}` : `over since ${at(end)}`
}

/** The sets that add up: every targeted host, and everyone who answered, stands in exactly one. */
export const summaryLines = (result: Result): string[] => {
  const { hosts } = result.tally
  const late = hosts.filter(host => host.late).length
  const sums = STATES.flatMap(state => {
    const number = inState(result, state).length
    return number > 0 ? [`${state} ${number}`] : []
  })
  return [
    ...(result.case.cancelled
      ? ['CANCELLED: nothing of it is run any more; what was answered before stays.']
      : []),
    `${hosts.length - late} targeted${late > 0 ? ` + ${late} late` : ''} = ${sums.join(' + ') || 'nobody'}`,
    ...answeredLine(result),
    ...STATES.slice(2).flatMap(state => stateLine(result, state)),
    ...operationLines(result),
    ...notesOf(result)
  ]
}

const answeredLine = (result: Result): string[] => {
  const [done, limited] = [inState(result, 'done'), inState(result, 'limit')]
  if (done.length + limited.length === 0) return []
  const word = limited.length > 0 ? 'answered' : 'done'
  const line = `${word} ${done.length + limited.length}`.padEnd(12)
  return [`${line} ${sayVerdicts(result.tally, result.name)}`]
}

/** `  b process   yes 1 | no 2 | …`: each operation has a verdict of its own. */
const operationLines = ({ operations, name }: Result): string[] =>
  operations.length < 2
    ? []
    : operations.map(
        ({ id, module, tally }) =>
          `${`  ${id} ${module.split('/')[0]}`.padEnd(12)} ${[sayVerdicts(tally, name), ...othersOf(tally)].join(' | ')}`
      )

/** How many hosts ended in which other state: who they are stands above. */
const othersOf = ({ hosts }: Tally): string[] =>
  STATES.slice(2).flatMap(state => {
    const number = hosts.filter(host => host.state === state).length
    return number === 0 ? [] : [`${state} ${number}`]
  })

/** `refused 4    charter-old web-88 web-89`; the silent by whether they are there at all. */
const stateLine = (result: Result, state: HostState['state']): string[] => {
  const hosts = inState(result, state)
  if (hosts.length === 0) return []
  const why = ({ peer, code }: HostState) =>
    state === 'silent' ? (result.isHere(peer) ? 'connected' : 'away') : code === state ? '' : (code ?? '')
  const groups = [...Map.groupBy(hosts, why)].map(([word, group]) => {
    const number = state === 'silent' ? ` ${group.length}:` : ''
    return `${word}${number} ${list(group.map(({ peer }) => result.name(peer)).sort())}`.trim()
  })
  return [`${`${state} ${hosts.length}`.padEnd(12)} ${groups.sort().reverse().join(' | ')}`]
}

const notesOf = (result: Result): string[] => {
  const { file, dropped } = result.case
  const codes = Map.groupBy(file.discarded, ({ code }) => code)
  const pathless = new Set(
    file.answers().flatMap(({ peer, body }) => (body.errors?.['path-missing'] ? [peer] : []))
  )
  return [
    ...(pathless.size > 0
      ? [`path missing ${list([...pathless].map(result.name).sort())}: a path that was named is not there`]
      : []),
    ...inState(result, 'error')
      .filter(({ message }) => message !== undefined)
      .slice(0, 8)
      .map(({ peer, message }) => `  ${result.name(peer)}: ${safeText(message!)}`),
    ...(dropped.length > 0
      ? [
          `dropped ${dropped.length}    ${list(dropped.map(result.name))}: these hosts had no room left to keep their answer`
        ]
      : []),
    ...(codes.size > 0
      ? [
          `DISCARDED ${count(file.discarded.length, 'answer')} that ${file.discarded.length === 1 ? 'does' : 'do'} not hold: ${[
            ...codes
          ]
            .map(([code, those]) => `${code} ${those.length}`)
            .join(', ')}`
        ]
      : [])
  ]
}

/** Rarest first; columns that say nothing, and those that a narrow window has no room for, are left out. */
export const showValues = (result: Result, operation: Operation, output: Output): void => {
  const own = result.values.filter(({ op }) => op === operation.id)
  if (own.length === 0 || operation.module === REVEAL) return
  const shown = output.interactive || output.colour ? own.slice(0, SHOWN_VALUES) : own
  const where = ({ peers }: Value) => list(peers.map(result.name).sort(), 4)
  const columns = columnsOf(result, operation.id, own)
  if (result.operations.length > 1) output.line(`${operation.id} ${operation.module.split('/')[0]}`)
  const rows = shown.map(value => [
    value.name,
    String(value.peers.length),
    ...columns.map(column => cellOf(result, value, column).text),
    where(value)
  ])
  output.table(['value', 'hosts', ...columns, 'where'], rows, ['value', 'hosts', columns[0]!, 'where'])
  if (own.length > shown.length)
    output.line(`… and ${count(own.length - shown.length, 'more value')}; --json has them all.`)
}

const columnsOf = (result: Result, op: string, values: readonly Value[]): string[] => {
  const names = Object.keys(result.columns(op) ?? values[0]!.row).filter(column =>
    values.some(({ row }) => row[column] !== undefined)
  )
  const labels = new Set(values.map(({ row }) => row['search']))
  return names.filter(name => name !== 'search' || labels.size > 1)
}

const nextOf = (result: Result): string[] => {
  const { short, values, tally } = result
  const dark = values.find(value => isDark(result, value))
  const one = values[0]?.peers.map(result.name).sort()[0]
  const more = tally.hosts.some(({ state }) => state === 'silent' || state === 'running')
  const stands = standingIn(result.case.action).size > 0
  const module = result.case.action.operations[0]!.module.split('/')[0]
  const reveals = result.case.action.operations.every(operation => operation.module === REVEAL)
  return [
    ...(reveals ? [`reveal ${short}`] : []),
    `show ${short} ${one ?? '--hosts'}`,
    ...(dark ? [`reveal ${short} ${dark.name} --reason …`] : []),
    ...(tally.verdicts.yes.length > 0 && !reveals ? [`${module} … -t 'found(${short})'`] : []),
    ...(more && !result.case.cancelled ? [`follow ${short}`] : []),
    ...(tally.hosts.some(({ state }) => state === 'running') && stands ? [`cancel ${short}`] : []),
    `export ${short}`
  ]
}
