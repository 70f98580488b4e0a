import { toHex } from '../../src/codec.ts'
import type { WireCell, WireRow } from '../../src/documents/wire-row.ts'
import type { ModuleSpec } from '../../src/modules/spec.ts'
import { splitPath, valueBytes } from '../../src/trust/commit.ts'
import type { HostAnswer } from './case-file.ts'

/** One private value of one operation, or one component of a path, on how many hosts it is. */
export interface Rare {
  readonly column: string
  readonly key: string
  readonly hosts: number
  /** A row of this host that holds it. */
  readonly row: WireRow
}

/** A host by how unlikely its values are among those of its siblings. */
export interface Ranked {
  readonly peer: string
  /** Σ -log2(share) of its values, each once. */
  readonly bits: number
  /** What half of the hosts or fewer have, rarest first. */
  readonly rare: readonly Rare[]
}

export interface Ranking {
  readonly hosts: readonly Ranked[]
  /** How many were compared: who answered, whether it found something or not. */
  readonly of: number
}

/**
 * Ranks hosts by the rarity of their private values, from commitments alone: equal values are equal commitments, so the
 * share of each is known, though nobody has seen one. Components of paths count by themselves, so that a file of an odd
 * name weighs the same wherever it lies. What a host lacks that others have does not count.
 */
export const rank = (
  answers: readonly HostAnswer[],
  { columns }: Pick<ModuleSpec, 'columns'>,
  only?: readonly string[]
): Ranking => {
  // Where its condition did not hold nothing was looked at.
  const compared = answers.filter(
    ({ body: { state, code } }) => (state === 'done' && code !== 'not-met') || state === 'limit'
  )
  const wanted = Object.keys(columns).filter(
    name => columns[name]!.secrecy === 'private' && (only === undefined || only.includes(name))
  )
  const counts = new Map<string, number>()
  const byHost = compared.map(({ peer, body }) => {
    const own = new Map<string, { column: string; row: WireRow }>()
    for (const row of body.rows)
      for (const column of wanted)
        for (const key of keysOf(row[column], columns[column]!.type === 'path')) {
          const name = `${column} ${key}`
          if (!own.has(name)) own.set(name, { column, row })
        }
    for (const name of own.keys()) counts.set(name, (counts.get(name) ?? 0) + 1)
    return { peer, own }
  })
  const hosts = byHost.map(({ peer, own }) => {
    const all = [...own].map(([name, { column, row }]) => ({
      column,
      row,
      key: name.slice(column.length + 1),
      hosts: counts.get(name)!
    }))
    const bits = all.reduce((sum, { hosts: number }) => sum - Math.log2(number / compared.length), 0)
    const rare = all
      .filter(({ hosts: number }) => number * 2 <= compared.length)
      .sort((a, b) => a.hosts - b.hosts || (a.column + a.key < b.column + b.key ? -1 : 1))
    // Minus zero is a zero too.
    return { peer, bits: bits + 0, rare }
  })
  return {
    of: compared.length,
    hosts: hosts.sort((a, b) => b.bits - a.bits || (a.peer < b.peer ? -1 : 1))
  }
}

/** What of a cell is compared: itself, or each component of a path; in hex, a commitment where it is dark. */
export const keysOf = (cell: WireCell | undefined, isPath: boolean): string[] => {
  if (cell === undefined) return []
  if (typeof cell !== 'object' || cell instanceof Uint8Array) {
    const bytes = valueBytes(cell)
    return isPath ? splitPath(bytes).components.map(toHex) : [toHex(bytes)]
  }
  if ('c' in cell) return [toHex(cell.c)]
  if ('p' in cell) return cell.p.map(toHex)
  return 'r' in cell ? cell.r.map(toHex) : []
}
