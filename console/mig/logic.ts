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
 * What SQL says of a condition: hosts of which it is true, and those of which it is false. Of a host that lacks a value it says neither, and
 * its NOT does not either; ours says "not" of such a host too. So both are kept from the comparisons up, and NOT changes places: a "not"
 * of a "not" names nobody whom the condition does not.
 */
export interface Judged {
  readonly yes: Target
  readonly no: Target
}

export const opposite = ({ yes, no }: Judged): Judged => ({ yes: no, no: yes })

export const both = (parts: readonly Judged[]): Judged => ({
  yes: allOf(parts.map(({ yes }) => yes)),
  no: oneOf(parts.map(({ no }) => no))
})

export const either = (parts: readonly Judged[]): Judged => opposite(both(parts.map(opposite)))

/** A comparison, made of what is true where a value is there. */
export const judged = (yes: Target): Judged => ({ yes, no: negated(yes) })

/** Of a missing value it is true: the one condition that says something of it. */
export const isMissing = (known: Target): Judged => ({
  yes: known === EVERYONE ? NOBODY : { type: 'not', part: known },
  no: known
})

/** Where a comparison is false: brought down to comparisons, which are false of a missing value either way. */
const negated = (target: Target): Target => {
  switch (target.type) {
    case 'all':
      return NOBODY
    // Comparisons hold no "not" but that of nobody.
    case 'not':
      return EVERYONE
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
      // Whatever is there is like it.
      if (target.value === '*') return NOBODY
      const not: Target = { type: 'not', part: target }
      // Every host has these facts; a tag it may lack.
      return isFactName(target.name) ? not : allOf([has(target.name), not])
    }
  }
}

/** Hosts that have the tag, whatever its value. */
const has = (name: string): Target => ({ type: 'compare', name, operator: '~', value: '*' })
