import { LIMITS } from '../../../limits.ts'
import { LiteralSearch } from '../match/literals.ts'
import { needsOf } from './yara-needs.ts'
import type { YaraRules } from './yara-rules.ts'

/**
 * The same rules, which leave alone what no rule can hold for: where none of the texts is that they need, only the others are
 * asked. What is told is the same, for each file; where it is not certain what rules need, an engine looks at everything.
 */
export const sieved = (
  rules: YaraRules,
  source: string,
  compile: (source: string) => YaraRules
): YaraRules => {
  let sieve: Sieve | false | undefined
  return {
    scan: bytes => {
      sieve ??= sieveOf(source, compile) ?? false
      return sieve === false || sieve.holdsBack(bytes) === false ? rules.scan(bytes) : sieve.others(bytes)
    }
  }
}

interface Sieve {
  /** Whether none of the texts is there. */
  holdsBack(bytes: Buffer): boolean
  /** What the rules say whose needs are not known. */
  readonly others: YaraRules['scan']
}

const sieveOf = (source: string, compile: (source: string) => YaraRules): Sieve | undefined => {
  const needs = needsOf(source)
  if (needs === undefined || needs.literals.length > LIMITS.yaraLiterals) return undefined
  const search = LiteralSearch.of(needs.literals.map(literal => [literal, literal]))
  if (search === undefined) return undefined
  const others = needs.others === '' ? undefined : othersOf(needs.others, compile)
  if (others === 'unknown') return undefined
  return {
    holdsBack: bytes => {
      let isThere = false
      search.in(bytes, () => {
        isThere = true
        return true
      })
      return !isThere
    },
    others: bytes => others?.scan(bytes) ?? []
  }
}

/** They may name rules that are not among them. */
const othersOf = (source: string, compile: (source: string) => YaraRules): YaraRules | 'unknown' => {
  try {
    return compile(source)
  } catch {
    return 'unknown'
  }
}
