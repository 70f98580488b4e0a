import type { Output } from '../../src/cli/out.ts'
import { cut, paint } from '../../src/cli/out.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { REVEAL } from '../../src/documents/action.ts'
import type { ConsoleState } from '../../src/documents/vocabulary.ts'
import { EXIT } from '../../src/errors.ts'
import { findModule } from '../../src/modules/index.ts'
import type { ModuleSpec } from '../../src/modules/spec.ts'
import { Resolver } from '../answers/resolve.ts'
import { stack, type Value } from '../answers/stack.ts'
import type { OpenCase } from '../answers/standing.ts'
import { type Tally, tally } from '../answers/tally.ts'

/** An answered action, ready to be shown: as a screen, or as JSON Lines. */
export interface Result {
  readonly case: OpenCase
  readonly short: string
  readonly tally: Tally
  readonly values: readonly Value[]
  readonly name: (peer: string) => string
  readonly resolver: (op: string) => Resolver | undefined
  readonly columns: (op: string) => ModuleSpec['columns'] | undefined
}

const STATES: readonly ConsoleState[] = [
  'done',
  'limit',
  'refused',
  'error',
  'interrupted',
  'cancelled',
  'running',
  'silent'
]

export const resultOf = (
  open: OpenCase,
  short: string,
  names: Readonly<Record<string, string>> = {}
): Result => {
  const answers = open.file.answers()
  const { operations } = open.action
  const resolvers = new Map(
    operations.flatMap(({ id, module, params }) => {
      const spec = findModule(module)
      const parsed = spec?.params.safeParse(params)
      return spec && parsed?.success
        ? [[id, new Resolver(open.id, spec, spec.literals(parsed.data))] as const]
        : []
    })
  )
  const specOf = (op: string) => findModule(operations.find(({ id }) => id === op)?.module ?? '')
  const hostNames = new Map(open.hosts.map(({ peer, name }) => [peer, name]))
  return {
    case: open,
    short,
    tally: tally(
      open.targeted,
      answers,
      operations.map(({ id }) => id)
    ),
    values: stack(answers, op => specOf(op)?.columns),
    name: peer => safeText(hostNames.get(peer) ?? names[peer] ?? peer.slice(-8)),
    resolver: op => resolvers.get(op),
    columns: op => specOf(op)?.columns
  }
}

/** Exit status of a shown result: 3 before 10 (screens.md). */
export const statusOf = ({ tally: { complete, verdicts } }: Result, exitFound: boolean): number => {
  if (exitFound && verdicts.yes.length > 0 && complete) return EXIT.complete
  if (!complete) return EXIT.incomplete
  return exitFound && verdicts.yes.length === 0 ? EXIT.notFound : EXIT.complete
}

const list = (names: readonly string[], most = 6): string =>
  names.length <= most ? names.join(' ') : `${names.slice(0, most).join(' ')} … +${names.length - most}`

const headline = ({ tally: { hosts, verdicts } }: Result): string => {
  if (verdicts.yes.length > 0)
    return `FOUND ON ${verdicts.yes.length} HOST${verdicts.yes.length === 1 ? '' : 'S'}`
  const open = hosts.length - verdicts.no.length
  if (verdicts.no.length === 0) return 'NO ANSWER YET'
  return open > 0 ? 'NOT FOUND SO FAR' : 'NOT FOUND'
}

const lines = (result: Result): string[] => {
  const { case: open, short, tally: count, name } = result
  const { action, note } = open
  const named = (peers: readonly string[]) => list(peers.map(name).sort())
  const inState = (state: ConsoleState) => count.hosts.filter(host => host.state === state)
  const out: string[] = []
  const modules = [...new Set(action.operations.map(({ module }) => module.split('/')[0]))].join('+')
  out.push(
    `${short} ${modules}  ${action.target}${note?.case ? `   case ${note.case}` : ''}   ${headline(result)}   open until ${action.expires.slice(0, 16).replace('T', ' ')}${open.cancelled ? '   CANCELLED' : ''}`
  )
  const late = count.hosts.filter(host => host.late).length
  const sums = STATES.filter(state => inState(state).length > 0).map(
    state => `${state} ${inState(state).length}`
  )
  out.push(
    `${count.hosts.length - late} targeted${late > 0 ? ` + ${late} late` : ''} = ${sums.join(' + ') || 'nobody'}`
  )
  const done = inState('done').length + inState('limit').length
  if (done > 0) {
    const limited = inState('limit')
    const unreadable = inState('done').filter(({ verdict }) => verdict === 'partial')
    const partial = [
      ...(unreadable.length > 0
        ? [`unreadable ${unreadable.length}: ${named(unreadable.map(({ peer }) => peer))}`]
        : []),
      ...(limited.length > 0
        ? [
            `limit ${limited.length}: ${limited
              .map(({ peer, code }) => `${name(peer)} (${code})`)
              .sort()
              .join(' ')}`
          ]
        : [])
    ].join(', ')
    out.push(
      `answered ${done}    yes ${count.verdicts.yes.length} | no ${count.verdicts.no.length} | PARTIAL ${count.verdicts.partial.length}${partial ? ` (${partial})` : ''}`
    )
  }
  for (const state of ['refused', 'error', 'interrupted', 'cancelled', 'running', 'silent'] as const) {
    const hosts = inState(state)
    if (hosts.length === 0) continue
    const byCode = Map.groupBy(hosts, ({ code }) => code ?? '')
    out.push(
      `${state} ${hosts.length}    ${[...byCode].map(([code, group]) => `${code ? `${code} ` : ''}${named(group.map(({ peer }) => peer))}`).join(' | ')}`
    )
  }
  for (const host of count.hosts)
    if (host.state === 'error' && host.message) out.push(`  ${name(host.peer)}: ${safeText(host.message)}`)
  if (open.file.discarded.length > 0)
    out.push(
      `DISCARDED ${open.file.discarded.length} answers that do not hold: ${list([...new Set(open.file.discarded.map(({ code }) => code))])}`
    )
  return out
}

const SHOWN_VALUES = 40

/** The screen after the answers. */
export const showResult = (result: Result, output: Output): void => {
  if (output.json) {
    recordResult(result, output)
    return
  }
  const [head, ...rest] = lines(result)
  output.line(paint(output, 'bold', cut(head!, output.width)))
  for (const line of rest) output.line(cut(line, output.width))
  showValues(result, output)
  const { hosts, verdicts } = result.tally
  if (verdicts.no.length > 0 && verdicts.no.length < hosts.length)
    output.line(`A "no" holds for ${verdicts.no.length} of ${hosts.length} hosts.`)
  const next = nextOf(result)
  if (next) output.status(`next: ${next}`)
}

const showValues = ({ values, resolver, columns, name, case: { action } }: Result, output: Output): void => {
  for (const operation of action.operations) {
    const own = values.filter(({ op }) => op === operation.id)
    if (own.length === 0) continue
    const reveals = operation.module === REVEAL
    const spec = columns(operation.id)
    const present = Object.keys(spec ?? own[0]!.row).filter(column =>
      own.some(({ row }) => row[column] !== undefined)
    )
    const show = resolver(operation.id)
    const cells = (value: Value) =>
      present.map(column => {
        const cell = value.row[column]
        if (show) return show.show(column, spec?.[column], cell).text
        return cell instanceof Uint8Array
          ? safeText(Buffer.from(cell).toString(column === 'commitment' ? 'hex' : 'utf8'))
          : safeText(String(cell ?? ''))
      })
    if (reveals) continue
    output.table(
      ['value', 'hosts', ...present, 'where'],
      own
        .slice(0, SHOWN_VALUES)
        .map(value => [
          value.name,
          String(value.peers.length),
          ...cells(value),
          list(value.peers.map(name).sort(), 4)
        ])
    )
    if (own.length > SHOWN_VALUES)
      output.line(`… and ${own.length - SHOWN_VALUES} more values; --json has them all.`)
  }
}

const nextOf = ({ short, values, resolver, columns, tally: { hosts, verdicts } }: Result): string => {
  const dark = values.find(({ op, row }) =>
    Object.entries(row).some(([column, cell]) => resolver(op)?.show(column, columns(op)?.[column], cell).dark)
  )
  return [
    ...(dark ? [`reveal ${short} ${dark.name} --reason …`] : []),
    ...(verdicts.yes.length > 0 ? [`file … -t 'found(${short})'`] : []),
    ...(hosts.some(({ state }) => state === 'silent' || state === 'running') ? [`follow ${short}`] : []),
    `show ${short}`
  ].join(' | ')
}

/** The same as JSON Lines: action, host, value, row, summary. */
const recordResult = (result: Result, output: Output): void => {
  const { case: open, short, tally: count, values, name, resolver, columns } = result
  const host = (peer: string) => ({ id: peer, name: name(peer) })
  output.record({
    type: 'action',
    id: open.id,
    name: short,
    target: open.action.target,
    disclosure: open.action.disclosure,
    validFrom: open.action.validFrom,
    expires: open.action.expires,
    note: open.note ?? null
  })
  for (const state of count.hosts)
    output.record({
      type: 'host',
      host: host(state.peer),
      state: state.state,
      verdict: state.verdict ?? null,
      code: state.code ?? null,
      late: state.late,
      coverage: state.coverage ?? null
    })
  const cells = (op: string, row: Value['row']) =>
    Object.fromEntries(
      Object.entries(row).map(([column, cell]) => [
        column,
        resolver(op)?.show(column, columns(op)?.[column], cell).json ??
          (cell instanceof Uint8Array ? { hex: Buffer.from(cell).toString('hex') } : cell)
      ])
    )
  for (const value of values)
    output.record({
      type: 'value',
      action: open.id,
      op: value.op,
      name: value.name,
      hosts: value.peers.map(host),
      ...cells(value.op, value.row)
    })
  for (const { peer, op, body } of open.file.answers())
    for (const row of body.rows)
      output.record({ type: 'row', action: open.id, op, host: host(peer), ...cells(op, row) })
  const states = Object.fromEntries(
    STATES.map(state => [
      state,
      count.hosts.filter(entry => entry.state === state).map(({ peer }) => name(peer))
    ]).filter(([, peers]) => (peers as string[]).length > 0)
  )
  output.record({
    type: 'summary',
    action: open.id,
    targeted: count.hosts.filter(({ late }) => !late).length,
    states,
    verdicts: Object.fromEntries(
      Object.entries(count.verdicts).map(([verdict, peers]) => [verdict, peers.map(name)])
    ),
    discarded: open.file.discarded,
    complete: count.complete
  })
}
