import type { Output } from '../../src/cli/out.ts'
import { parseTime } from '../../src/clock.ts'
import type { Action } from '../../src/documents/action.ts'
import type { WireRow } from '../../src/documents/wire-row.ts'
import type { Note } from '../../src/trust/note.ts'
import { cellOf, inState, type Result, STATES } from './result.ts'

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

/** A result as JSON Lines: action, host, value, row, summary (docs/json-lines.md). */
export const recordResult = (result: Result, output: Output): void => {
  const { case: open, short, tally, operations, values, name } = result
  const host = (peer: string) => ({ id: peer, name: name(peer) })
  const cells = (op: string, row: WireRow) =>
    Object.fromEntries(Object.keys(row).map(column => [column, cellOf(result, { op, row }, column).json]))
  /** What a host says never stands in for what we say of it, whatever it calls its columns (threats.md, T2). */
  const record = (own: Record<string, unknown>, op: string, row: WireRow) =>
    output.record({ ...own, ...cells(op, row), ...own, v: 1 })
  recordAction({ ...open, short, now: result.now }, output)
  for (const state of tally.hosts)
    output.record({
      type: 'host',
      host: host(state.peer),
      state: state.state,
      verdict: state.verdict ?? null,
      code: state.code ?? null,
      late: state.late,
      coverage: state.coverage ?? null,
      operations: operations.flatMap(({ id, module, tally: own }) => {
        const at = own.hosts.find(({ peer }) => peer === state.peer)
        if (at === undefined) return []
        return [{ op: id, module, state: at.state, verdict: at.verdict ?? null, code: at.code ?? null }]
      })
    })
  for (const value of values) {
    const { op, peers } = value
    const own = { type: 'value', action: open.id, op, name: value.name, hosts: peers.map(host) }
    record(own, op, value.row)
  }
  const shown = new Set(tally.hosts.map(({ peer }) => peer))
  for (const { peer, op, body } of open.file.answers().filter(answer => shown.has(answer.peer)))
    for (const row of body.rows) record({ type: 'row', action: open.id, op, host: host(peer) }, op, row)
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
