import { encodeCbor, toHex } from '../../src/codec.ts'
import type { WireCell, WireRow } from '../../src/documents/wire-row.ts'
import type { ModuleSpec } from '../../src/modules/spec.ts'
import type { HostAnswer } from './case-file.ts'

/** Rows that are equal in everything but time, with the hosts that have them; named v1, v2, … rarest first. */
export interface Value {
  readonly name: string
  readonly op: string
  readonly row: WireRow
  readonly peers: readonly string[]
  /** Times in which those rows differ: what `row` says of them holds for one host alone. */
  readonly differs: readonly string[]
  /** The same for equal rows, whatever else is stacked. */
  readonly key: string
}

/** Stacks what hosts found: equal commitments are equal values, though nobody has seen one. Rarest first, then by where they are. */
export const stack = (
  answers: readonly HostAnswer[],
  columnsOf: (op: string) => ModuleSpec['columns'] | undefined
): Value[] => {
  const groups = new Map<string, { op: string; row: WireRow; peers: Set<string>; differs: Set<string> }>()
  for (const { peer, op, body } of answers) {
    const columns = columnsOf(op)
    const times = Object.keys(columns ?? {}).filter(name => columns?.[name]?.type === 'time')
    for (const row of body.rows) {
      const stable = Object.entries(row).filter(([name]) => !times.includes(name))
      const key = `${op} ${toHex(encodeCbor(Object.fromEntries(stable)))}`
      const group = groups.get(key) ?? { op, row, peers: new Set<string>(), differs: new Set<string>() }
      group.peers.add(peer)
      for (const name of times) if (row[name] !== group.row[name]) group.differs.add(name)
      groups.set(key, group)
    }
  }
  const sorted = [...groups.entries()].sort(
    ([a, x], [b, y]) => x.peers.size - y.peers.size || (a < b ? -1 : 1)
  )
  return sorted.map(([key, { op, row, peers, differs }], i) => ({
    name: `v${i + 1}`,
    op,
    row,
    peers: [...peers],
    differs: [...differs],
    key
  }))
}

/** Commitments of a row, by column: what a reveal of it asks for. */
export const commitmentsOf = (row: WireRow): { column: string; commitment: Uint8Array }[] =>
  Object.entries(row).flatMap(([column, cell]) =>
    cellCommitments(cell).map(commitment => ({ column, commitment }))
  )

const cellCommitments = (cell: WireCell): Uint8Array[] => {
  if (typeof cell !== 'object' || cell instanceof Uint8Array) return []
  if ('c' in cell) return [cell.c]
  if ('p' in cell) return cell.p
  return 'r' in cell ? cell.r : []
}
