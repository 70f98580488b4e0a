import { isFactName } from '../../src/documents/facts.ts'
import type { Operator, Target } from '../../src/documents/target/ast.ts'

export const EVERYONE: Target = { type: 'all' }
/** Hosts that no mesh of ours has: it falls out of an "or", and takes the "and" around it along. */
export const NOBODY: Target = { type: 'not', part: EVERYONE }

/** Parts of parts as parts, none twice. */
const flat = (type: 'and' | 'or', parts: readonly Target[]): Target[] => {
  const all = parts.flatMap(part => (part.type === type ? [...part.parts] : [part]))
  const seen = new Set<string>()
  return all.filter(part => {
    const text = JSON.stringify(part)
    return seen.size < seen.add(text).size
  })
}

export const allOf = (parts: readonly Target[]): Target => {
  if (parts.includes(NOBODY)) return NOBODY
  const real = flat(
    'and',
    parts.filter(part => part !== EVERYONE)
  )
  return real.length > 1 ? { type: 'and', parts: real } : (real[0] ?? EVERYONE)
}

export const oneOf = (parts: readonly Target[]): Target => {
  if (parts.includes(EVERYONE)) return EVERYONE
  const real = flat(
    'or',
    parts.filter(part => part !== NOBODY)
  )
  return real.length > 1 ? { type: 'or', parts: real } : (real[0] ?? NOBODY)
}

const OPPOSITE: Partial<Record<Operator, Operator>> = {
  '=': '!=',
  '!=': '=',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>'
}

/**
 * NOT as SQL has it: what compares a missing value is neither true nor false, and its NOT is no more true. Ours says "not"
 * of hosts without the tag too, so it is brought down to comparisons, which are false there either way.
 */
export const negated = (target: Target): Target => {
  switch (target.type) {
    case 'all':
      return NOBODY
    case 'not':
      return target.part
    case 'and':
      return oneOf(target.parts.map(negated))
    case 'or':
      return allOf(target.parts.map(negated))
    case 'in':
      return target.name === 'ip' || target.name === 'id'
        ? { type: 'not', part: target }
        : allOf(target.values.map(value => ({ type: 'compare', name: target.name, operator: '!=', value })))
    case 'compare': {
      const operator = OPPOSITE[target.operator]
      if (operator !== undefined) return { ...target, operator }
      const not: Target = { type: 'not', part: target }
      // Every host has these facts; a tag it may lack.
      return isFactName(target.name) || target.value === '*' ? not : allOf([has(target.name), not])
    }
  }
}

/** Hosts that have the tag, whatever its value. */
export const has = (name: string): Target => ({ type: 'compare', name, operator: '~', value: '*' })
