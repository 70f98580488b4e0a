import type { ProcStat } from './proc-stat.ts'
import type { ProcessTable } from './process-table.ts'

export type Relation = 'match' | 'ancestor' | 'descendant'

/** One process of a tree, in the order in which a tree is written down. */
export interface Placed {
  readonly stat: ProcStat
  readonly depth: number
  readonly relation: Relation
}

/**
 * What was found with all above and below it, each once, parents before their children. /proc is read while processes come
 * and go, so what it says may even go in a circle: none is walked twice, and the stack is ours, however deep the tree.
 */
export const treeOf = (table: ProcessTable, found: ReadonlySet<number>): Placed[] => {
  const children = new Map<number, ProcStat[]>()
  const roots: ProcStat[] = []
  for (const stat of table.all) {
    const parent = table.parentOf(stat)
    if (parent === undefined || parent.pid === stat.pid) roots.push(stat)
    else {
      const known = children.get(parent.pid)
      if (known === undefined) children.set(parent.pid, [stat])
      else known.push(stat)
    }
  }
  const above = ancestorsOf(table, found)
  const placed: Placed[] = []
  const walked = new Set<number>()
  const from = (start: ProcStat) => {
    const stack = [{ stat: start, depth: 0, below: false }]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { stat, depth, below } = next
      if (walked.has(stat.pid)) continue
      walked.add(stat.pid)
      const relation = relationOf(stat.pid, found, above, below)
      if (relation !== undefined) placed.push({ stat, depth, relation })
      const inside = below || found.has(stat.pid)
      for (const child of (children.get(stat.pid) ?? []).toReversed())
        stack.push({ stat: child, depth: depth + 1, below: inside })
    }
  }
  for (const root of roots) from(root)
  // Those in a circle have no root above them.
  for (const stat of table.all) if (!walked.has(stat.pid)) from(stat)
  return placed
}

const relationOf = (
  pid: number,
  found: ReadonlySet<number>,
  above: ReadonlySet<number>,
  below: boolean
): Relation | undefined =>
  found.has(pid) ? 'match' : above.has(pid) ? 'ancestor' : below ? 'descendant' : undefined

const ancestorsOf = (table: ProcessTable, found: ReadonlySet<number>): Set<number> => {
  const above = new Set<number>()
  for (const stat of table.all) {
    if (!found.has(stat.pid)) continue
    for (
      let up = table.parentOf(stat);
      up !== undefined && !above.has(up.pid) && up.pid !== stat.pid;
      up = table.parentOf(up)
    )
      above.add(up.pid)
  }
  return above
}
