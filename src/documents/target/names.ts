import { isFactName } from '../facts.ts'
import type { Comparison, Target } from './ast.ts'

const comparisons = function* (target: Target): Generator<Comparison> {
  switch (target.type) {
    case 'and':
    case 'or':
      for (const part of target.parts) yield* comparisons(part)
      return
    case 'not':
      yield* comparisons(target.part)
      return
    case 'compare':
    case 'in':
      yield target
  }
}

/** The tag keys and facts that a target asks about, each sorted: the preview shows which are enrolment's and which the host's word. */
export const namesUsed = (target: Target): { tags: string[]; facts: string[] } => {
  const names = [...new Set([...comparisons(target)].map(comparison => comparison.name))].sort()
  return { tags: names.filter(name => !isFactName(name)), facts: names.filter(isFactName) }
}

/**
 * The peer ids outside of which the target names nobody, sorted; undefined where it isn't bounded by ids. The policy asks
 * less of a `respond` to few hosts that are named by id.
 */
export const idsNamed = (target: Target): string[] | undefined => {
  switch (target.type) {
    case 'and': {
      const bounds = target.parts.map(idsNamed).filter(ids => ids !== undefined)
      if (bounds.length === 0) return undefined
      return bounds.reduce((a, b) => a.filter(id => b.includes(id)))
    }
    case 'or': {
      const bounds = target.parts.map(idsNamed)
      if (bounds.some(ids => ids === undefined)) return undefined
      return [...new Set(bounds.flatMap(ids => ids ?? []))].sort()
    }
    case 'compare':
      return target.name === 'id' && target.operator === '=' ? [target.value] : undefined
    case 'in':
      return target.name === 'id' ? [...new Set(target.values)].sort() : undefined
    default:
      return undefined
  }
}
