import { count } from '../../src/cli/count.ts'
import type { Output } from '../../src/cli/out.ts'
import { jsonBytes } from '../../src/cli/safe-text.ts'
import { toHex } from '../../src/codec.ts'
import { EXIT } from '../../src/errors.ts'
import { findModule } from '../../src/modules/index.ts'
import { readReveal } from '../../src/trust/policy.ts'
import { claimedOpening } from '../../src/trust/reveal.ts'
import { Resolver } from '../answers/resolve.ts'
import { stack } from '../answers/stack.ts'
import { type OpenCase, openCase } from '../answers/standing.ts'
import type { Connected } from '../connect.ts'
import { History, type HistoryRecord } from '../history.ts'
import { KnownWords } from '../known-words.ts'

/** Shows what a reveal opened: each value is checked against its commitment, then put into the rows of the earlier action. */
export const showRevealed = async (
  connected: Connected,
  record: HistoryRecord,
  reveal: OpenCase,
  output: Output
): Promise<number> => {
  for (const operation of reveal.action.operations) {
    const asked = readReveal(operation.params)
    const rows = reveal.file
      .answers()
      .filter(({ op }) => op === operation.id)
      .flatMap(({ peer, body }) => body.rows.map(row => ({ peer, row })))
    const openings = rows.flatMap(({ row }) => claimedOpening(asked, row) ?? [])
    const false_ = rows.length - openings.length
    if (false_ > 0)
      output.status(
        `DISCARDED ${count(false_, 'opening')} that ${false_ === 1 ? 'is' : 'are'} not what was committed to.`
      )
    const history = new History(connected.context.home)
    const earlier = history.list().find(({ id }) => id === asked.action)
    const before = await openCase(connected, asked.action, earlier)
    const spec = findModule(asked.module)
    const params = before.action.operations.find(({ id }) => id === asked.op)?.params
    const parsed = spec?.params.safeParse(params)
    if (!spec || !parsed?.success) continue
    const resolver = new Resolver(
      asked.action,
      spec,
      spec.literals(parsed.data),
      new KnownWords(connected.context.home).all()
    )
    for (const { column, value } of openings) resolver.learn(column, value)
    const names = new Map(before.hosts.map(({ peer, name }) => [peer, name]))
    const opened = new Set(openings.map(({ commitment }) => toHex(commitment)))
    for (const { commitment, column, value } of dedupe(openings)) {
      if (output.json)
        output.record({
          type: 'value',
          action: reveal.id,
          of: asked.action,
          op: asked.op,
          column,
          commitment: toHex(commitment),
          value: jsonBytes(value)
        })
    }
    const values = stack(
      before.file.answers().filter(({ op }) => op === asked.op),
      () => spec.columns
    ).filter(({ row }) =>
      Object.values(row).some(
        cell =>
          typeof cell === 'object' &&
          !(cell instanceof Uint8Array) &&
          ('p' in cell ? cell.p : 'r' in cell ? cell.r : 'c' in cell ? [cell.c] : []).some(bytes =>
            opened.has(toHex(bytes))
          )
      )
    )
    if (output.json) continue
    output.line(
      `${record.short} reveals ${opened.size} of ${count(asked.commitments.length, 'dark part')} of ${earlier?.short ?? asked.action.slice(0, 12)}`
    )
    const columns = Object.keys(spec.columns).filter(
      name => spec.columns[name]!.secrecy === 'private' && values.some(({ row }) => row[name] !== undefined)
    )
    output.table(
      ['value', ...columns, 'where'],
      values.map(({ name, row, peers }) => [
        name,
        ...columns.map(column => resolver.show(column, spec.columns[column], row[column]).text),
        peers
          .map(peer => names.get(peer) ?? peer.slice(-8))
          .sort()
          .join(' ')
      ])
    )
  }
  return EXIT.complete
}

const dedupe = <T extends { readonly commitment: Uint8Array; readonly column: string }>(
  openings: readonly T[]
): T[] => [
  ...new Map(openings.map(opening => [`${opening.column} ${toHex(opening.commitment)}`, opening])).values()
]
