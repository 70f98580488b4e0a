import { LIMITS } from '../../../limits.ts'
import type { Required } from '../match/required.ts'
import { type Literals, literalsOfPattern } from './yara-literals.ts'
import { type YaraToken, yaraTokens } from './yara-tokens.ts'

/** What some rules need in a file to hold for it. */
export interface Needs {
  /** Texts without any of which none of the rules holds, but for those of `others`. */
  readonly literals: readonly Required[]
  /** The source of the rules whose needs are not known, with what they may build on; empty where there are none. */
  readonly others: string
}

/**
 * Reads rules that an engine has taken, only as far as it is sure: what it does not know makes a rule one of the `others`, or
 * all of it undefined. A rule holds only where its condition does, and a condition of parts joined by `and` only where each does.
 */
export const needsOf = (source: string): Needs | undefined => {
  const tokens = yaraTokens(source)
  if (tokens === undefined) return undefined
  try {
    const reader = new Reader(tokens)
    const rules = reader.file()
    const others = rules.filter(rule => rule.isKept || rule.needs === undefined)
    const known = rules.filter(rule => !rule.isKept && rule.needs !== undefined)
    const isAlone = others.every(rule => rule.isKept)
    return {
      literals: distinct(known.flatMap(({ needs }) => needs!)),
      others: isAlone
        ? ''
        : [...reader.imports, ...others].map(({ from, to }) => source.slice(from, to)).join('\n')
    }
  } catch (error) {
    if (error instanceof Unknown) return undefined
    throw error
  }
}

const distinct = (literals: readonly Required[]): Required[] => [
  ...new Map(literals.map(literal => [`${literal.ignoreCase} ${literal.text}`, literal])).values()
]

/** Brackets in each other, and patterns of one rule: more are nobody's, and would take long. */
const DEEPEST = 64
const PATTERNS = 4_096

/** Something stands where nothing of the kind was expected. */
class Unknown extends Error {}

interface Span {
  readonly from: number
  readonly to: number
}

interface Rule extends Span {
  /** Others may build on it: private or global. What is not told needs nothing by itself. */
  readonly isKept: boolean
  readonly needs: Literals
}

class Reader {
  readonly imports: Span[] = []
  readonly #tokens: readonly YaraToken[]
  #at = 0
  #depth = 0
  #patterns = new Map<string, Literals>()

  constructor(tokens: readonly YaraToken[]) {
    this.#tokens = tokens
  }

  file(): Rule[] {
    const rules: Rule[] = []
    while (this.#at < this.#tokens.length) {
      const { from } = this.#tokens[this.#at]!
      if (this.#takes('import')) this.imports.push({ from, to: this.#kind('text').to })
      else rules.push(this.#rule(from))
    }
    return rules
  }

  #rule(from: number): Rule {
    const marks = this.#while(text => text === 'private' || text === 'global')
    this.#expect('rule')
    this.#kind('word')
    if (this.#takes(':')) this.#while(text => text !== '{')
    this.#expect('{')
    if (this.#takes('meta')) this.#while(text => text !== 'strings' && text !== 'condition')
    this.#patterns = new Map()
    if (this.#takes('strings')) this.#strings()
    this.#expect('condition')
    this.#expect(':')
    const needs = this.#either()
    this.#expect('}')
    const isGlobal = marks.includes('global')
    // A global rule is told like others, and all others build on it.
    if (isGlobal && !marks.includes('private'))
      return { from, to: this.#last.to, isKept: false, needs: undefined }
    return { from, to: this.#last.to, isKept: marks.length > 0, needs }
  }

  #strings(): void {
    this.#expect(':')
    for (let nameless = 0; this.#next?.kind === 'pattern'; nameless++) {
      if (nameless >= PATTERNS) throw new Unknown()
      const { text: name } = this.#kind('pattern')
      this.#expect('=')
      const value = this.#tokens[this.#at++]
      if (value === undefined) throw new Unknown()
      const modifiers = this.#while(text => text !== 'condition' && !/^[$]/.test(text))
      this.#patterns.set(name === '$' ? `$ ${nameless}` : name, literalsOfPattern(value, modifiers))
    }
  }

  /** Parts joined by `or`: one of them holds, and so what one of them needs. */
  #either(): Literals {
    const all = [this.#both()]
    while (this.#takes('or')) all.push(this.#both())
    return union(all)
  }

  /** Parts joined by `and`: each holds, and the one that is looked for best is enough. */
  #both(): Literals {
    let best = this.#part()
    while (this.#takes('and')) best = better(best, this.#part())
    return best
  }

  #part(): Literals {
    const [begin, depth] = [this.#at, this.#depth]
    const needs = this.#known()
    if (this.#isBoundary) return needs
    // It was the beginning of something else.
    this.#at = begin
    this.#depth = depth
    this.#pass()
    return undefined
  }

  #known(): Literals {
    if (this.#takes('(')) {
      if (++this.#depth > DEEPEST) throw new Unknown()
      const needs = this.#either()
      this.#depth--
      this.#expect(')')
      return needs
    }
    const { kind, text } = this.#tokens[this.#at++] ?? {}
    if (kind === 'pattern' && text?.startsWith('$')) {
      if (this.#next?.text === 'at' || this.#next?.text === 'in') this.#pass()
      return this.#patterns.get(text)
    }
    const isCount = /^\d{1,9}$/.test(text ?? '') && Number(text) > 0
    if ((isCount || text === 'any' || text === 'all') && this.#takes('of')) return this.#some(text === 'all')
    return undefined
  }

  /** What stands behind `of`. */
  #some(all: boolean): Literals {
    const patterns = this.#takes('them') ? [...this.#patterns.values()] : this.#tuple()
    if (patterns === undefined || patterns.length === 0) return undefined
    if (this.#next?.text === 'at' || this.#next?.text === 'in') this.#pass()
    return all ? patterns.reduce(better) : union(patterns)
  }

  /** `($a, $b*)`; undefined where it is something else. */
  #tuple(): Literals[] | undefined {
    if (!this.#takes('(')) return undefined
    const patterns: Literals[] = []
    do {
      if (patterns.length > PATTERNS) return undefined
      const token = this.#tokens[this.#at++]
      if (token?.kind !== 'pattern' || !token.text.startsWith('$')) return undefined
      const isWild = this.#takes('*')
      for (const [name, literals] of this.#patterns)
        if (isWild ? name.startsWith(token.text) : name === token.text) patterns.push(literals)
    } while (this.#takes(','))
    return this.#takes(')') ? patterns : undefined
  }

  /** To the end of a part whose meaning is not known. */
  #pass(): void {
    let depth = 0
    while (!(depth === 0 && this.#isBoundary)) {
      const text = this.#tokens[this.#at++]?.text
      // Nothing with braces is known in a condition.
      if (text === undefined || text === '{' || text === '}') throw new Unknown()
      if (text === '(' || text === '[') depth++
      if (text === ')' || text === ']') depth--
    }
  }

  get #isBoundary(): boolean {
    return ['and', 'or', ')', '}', undefined].includes(this.#next?.text)
  }

  get #next(): YaraToken | undefined {
    return this.#tokens[this.#at]
  }

  get #last(): YaraToken {
    return this.#tokens[this.#at - 1]!
  }

  #takes(text: string): boolean {
    const isThere = this.#next?.text === text
    if (isThere) this.#at++
    return isThere
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw new Unknown()
  }

  #kind(kind: YaraToken['kind']): YaraToken {
    const token = this.#tokens[this.#at++]
    if (token?.kind !== kind) throw new Unknown()
    return token
  }

  #while(goesOn: (text: string) => boolean): string[] {
    const from = this.#at
    while (this.#next !== undefined && goesOn(this.#next.text)) this.#at++
    return this.#tokens.slice(from, this.#at).map(({ text }) => text)
  }
}

const union = (all: readonly Literals[]): Literals => {
  const count = all.reduce((sum, literals) => sum + (literals?.length ?? Number.POSITIVE_INFINITY), 0)
  return count > LIMITS.yaraLiterals ? undefined : all.flatMap(literals => literals!)
}

/** Fewer are looked for faster, and longer ones are met less. */
const better = (one: Literals, other: Literals): Literals => {
  if (one === undefined || other === undefined) return one ?? other
  if (one.length !== other.length) return one.length < other.length ? one : other
  return shortest(one) >= shortest(other) ? one : other
}

const shortest = (literals: readonly Required[]): number =>
  Math.min(...literals.map(({ text }) => text.length))
