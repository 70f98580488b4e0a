import { memberOf, type Output } from '../../src/cli/out.ts'
import { parseTime } from '../../src/clock.ts'
import type { Action } from '../../src/documents/action.ts'
import type { WireRow } from '../../src/documents/wire-row.ts'
import type { Note } from '../../src/trust/note.ts'
import type { HostState } from '../answers/tally.ts'
import { type Cells, cellOf, inState, type Result, STATES } from './result.ts'

interface Listed {
  readonly id: string
  readonly short: string | undefined
  readonly action: Action
  readonly by: readonly string[]
  readonly cancelled: boolean
  readonly note?: Note | undefined
  readonly now: number
}

export const actionState = ({ action, cancelled, now }: Pick<Listed, 'action' | 'cancelled' | 'now'>) =>
  cancelled ? 'cancelled' : parseTime(action.expires) > now ? 'open' : 'over'

/** The line of a question. */
export const recordAction = (listed: Listed, output: Output): void => {
  const { id, short, action, by, note } = listed
  output.record({
    type: 'action',
    id,
    name: short ?? null,
    state: actionState(listed),
    modules: action.operations.map(({ module }) => module).join(' '),
    target: action.target,
    disclosure: action.disclosure,
    by,
    validFrom: action.validFrom,
    expires: action.expires,
    note: note ?? null
  })
}

type Names = Pick<Result, 'name'>
const hostsOf =
  ({ name }: Names) =>
  (peer: string) => ({ id: peer, name: name(peer) })

/** What a host says never stands in for what we say of it, whatever it calls its columns (threats.md, T2). */
const record = (
  result: Cells,
  own: Record<string, unknown>,
  value: Parameters<typeof cellOf>[1],
  output: Output
): void => {
  const cells = Object.keys(value.row).map(column => [
    memberOf(column, own),
    cellOf(result, value, column).json
  ])
  output.record({ ...own, ...Object.fromEntries(cells), ...own, v: 1 })
}

/** The line of a host's end, or of where it stands. */
export const recordHost = (
  result: Pick<Result, 'name' | 'operations'>,
  state: HostState,
  output: Output
): void =>
  output.record({
    type: 'host',
    host: hostsOf(result)(state.peer),
    state: state.state,
    verdict: state.verdict ?? null,
    code: state.code ?? null,
    late: state.late,
    coverage: state.coverage ?? null,
    operations: result.operations.flatMap(({ id, module, tally: own }) => {
      const at = own.hosts.find(({ peer }) => peer === state.peer)
      if (at === undefined) return []
      return [{ op: id, module, state: at.state, verdict: at.verdict ?? null, code: at.code ?? null }]
    })
  })

/** The line of one row of one host. */
export const recordRow = (
  result: Cells & Names & Pick<Result, 'case'>,
  { peer, op, row }: { readonly peer: string; readonly op: string; readonly row: WireRow },
  output: Output
): void => {
  const own = { type: 'row', action: result.case.id, op, host: hostsOf(result)(peer) }
  record(result, own, { op, row }, output)
}

/** A result as JSON Lines: action, host, value, row, summary (docs/json-lines.md). */
export const recordResult = (result: Result, output: Output, { rows = true } = {}): void => {
  const { case: open, short, tally, values, name } = result
  const host = hostsOf(result)
  recordAction({ ...open, cancelled: open.cancelled !== undefined, short, now: result.now }, output)
  for (const state of tally.hosts) recordHost(result, state, output)
  for (const value of values) {
    const { op, peers } = value
    const own = { type: 'value', action: open.id, op, name: value.name, hosts: peers.map(host) }
    record(result, own, value, output)
  }
  const shown = new Set(tally.hosts.map(({ peer }) => peer))
  for (const { peer, op, body } of rows ? open.file.answers().filter(answer => shown.has(answer.peer)) : [])
    for (const row of body.rows) recordRow(result, { peer, op, row }, output)
  const names = (peers: readonly string[]) => peers.map(name).sort()
  output.record({
    type: 'summary',
    action: open.id,
    targeted: tally.hosts.filter(({ late }) => !late).length,
    states: Object.fromEntries(
      STATES.map(state => [state, names(inState(result, state).map(({ peer }) => peer))] as const).filter(
        ([, peers]) => peers.length > 0
      )
    ),
    verdicts: Object.fromEntries(
      Object.entries(tally.verdicts).map(([verdict, peers]) => [verdict, names(peers)])
    ),
    dropped: names(open.dropped),
    discarded: open.file.discarded,
    complete: tally.complete
  })
}
