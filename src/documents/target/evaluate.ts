import { FACT_NAMES, isFactName, type TargetHost } from '../facts.ts'
import { inNetwork } from './address.ts'
import type { Comparison, Operator, Target } from './ast.ts'
import { matchGlob } from './glob.ts'
import { compareVersions } from './version.ts'

/**
 * Whether the target names the host. A comparison with a missing value is false, `!=` too: `env!=dev` names hosts that
 * have an env and it isn't dev, `not env=dev` also those without one. Where a host has several values (addresses, tags
 * of one key), one that fits is enough; `!=` wants that none is equal.
 */
export const evaluateTarget = (target: Target, host: TargetHost): boolean => {
  switch (target.type) {
    case 'all':
      return true
    case 'and':
      return target.parts.every(part => evaluateTarget(part, host))
    case 'or':
      return target.parts.some(part => evaluateTarget(part, host))
    case 'not':
      return !evaluateTarget(target.part, host)
    default:
      return compare(target, valuesOf(target.name, host))
  }
}

const valuesOf = (name: string, host: TargetHost): readonly string[] => {
  if (isFactName(name)) return FACT_NAMES[name].of(host)
  const prefix = `${name}=`
  return host.tags.filter(tag => tag.startsWith(prefix)).map(tag => tag.slice(prefix.length))
}

const compare = (comparison: Comparison, values: readonly string[]): boolean => {
  const type = isFactName(comparison.name) ? FACT_NAMES[comparison.name].type : 'word'
  const equal = (value: string, wanted: string): boolean => {
    if (type === 'version') return compareVersions(value, wanted) === 0
    return type === 'address' ? inNetwork(value, wanted) : value === wanted
  }
  if (comparison.type === 'in')
    return values.some(value => comparison.values.some(wanted => equal(value, wanted)))
  const { operator, value: wanted } = comparison
  if (operator === '!=') return values.length > 0 && !values.some(value => equal(value, wanted))
  if (operator === '=') return values.some(value => equal(value, wanted))
  if (operator === '~') return values.some(value => matchGlob(wanted, value))
  return values.some(value => inOrder(operator, compareVersions(value, wanted)))
}

const inOrder = (operator: Operator, order: number): boolean => {
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  if (operator === '>') return order > 0
  return order >= 0
}
