import { FACT_NAMES, isFactName, KEYWORDS } from '../facts.ts'
import type { Target } from './ast.ts'
import { isPlainWord } from './lex.ts'

/** The one canonical text of a target: what an action carries, so that every signer and host reads the same words. */
export const formatTarget = (target: Target): string => {
  switch (target.type) {
    case 'all':
      return 'all'
    case 'not':
      return `not ${inner(target.part, ['and', 'or'])}`
    case 'and':
      return target.parts.map(part => inner(part, ['and', 'or'])).join(' and ')
    case 'or':
      return target.parts.map(part => inner(part, ['or'])).join(' or ')
    case 'in':
      return `${target.name} in ${list(target.name, target.values)}`
    case 'compare':
      return `${target.name}${target.operator}${target.operator === '~' ? quoted(target.value) : word(target.value)}`
  }
}

const inner = (part: Target, wrapped: readonly Target['type'][]): string =>
  wrapped.includes(part.type) ? `(${formatTarget(part)})` : formatTarget(part)

/** A single network needs no parentheses: `ip in 10.0.0.0/8`. */
const list = (name: string, values: readonly string[]): string =>
  values.length === 1 && isFactName(name) && FACT_NAMES[name].type === 'address'
    ? values[0]!
    : `(${values.map(word).join(', ')})`

const word = (value: string): string =>
  isPlainWord(value) && !KEYWORDS.includes(value) ? value : quoted(value)

const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`
