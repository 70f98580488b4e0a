import type { Operator, Target } from '../../src/documents/target/ast.ts'
import { formatTarget } from '../../src/documents/target/format.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import type { Warn } from './json.ts'
import { both, EVERYONE, either, isMissing, type Judged, judged, NOBODY, opposite } from './logic.ts'
import { exactly, ofLike, ofRegex, type Pattern } from './pattern.ts'
import { type Column, compareVersion, targetOf } from './sql-columns.ts'
import { lexSql, type SqlToken, sqlBad, sqlForeign } from './sql-lex.ts'

/**
 * A target of MIG, which is the WHERE clause of an SQL query over its agents, → the text of our own target. Throws
 * `bad-target` where it is no such clause, `no-counterpart` where no target of ours says the same; both with the position.
 */
export const targetOfSql = (sql: string, warn: Warn): string => {
  const target = new Parser(sql, warn).whole()
  if (target === NOBODY)
    throw sqlForeign(sql, 0, 'no host of ours could be meant by it', 'Say which hosts: -t os=linux.')
  const text = formatTarget(target)
  try {
    // It is written by us, of words that a stranger chose.
    return formatTarget(parseTarget(text))
  } catch (cause) {
    if (!(cause instanceof GumshoeError)) throw cause
    const { message, fix } = cause
    throw new GumshoeError('no-counterpart', `The target of MIG, in our words: ${message}`, { cause, fix })
  }
}

const NO_MACRO = 'Write what the macro stands for in ~/.migrc, or give the target in our words with -t.'
const NO_RESULTS =
  "Ask the earlier question here first; then -t 'os=linux and found(a17)' names the hosts that answered it with a yes."

const LIKES: Record<string, { readonly negative: boolean; readonly fold: boolean; readonly regex: boolean }> =
  {
    like: { negative: false, fold: false, regex: false },
    ilike: { negative: false, fold: true, regex: false },
    '~~': { negative: false, fold: false, regex: false },
    '~~*': { negative: false, fold: true, regex: false },
    '!~~': { negative: true, fold: false, regex: false },
    '!~~*': { negative: true, fold: true, regex: false },
    '~': { negative: false, fold: false, regex: true },
    '~*': { negative: false, fold: true, regex: true },
    '!~': { negative: true, fold: false, regex: true },
    '!~*': { negative: true, fold: true, regex: true }
  }

const isSign = ({ type, text }: SqlToken, sign: string): boolean => type === 'operator' && text === sign

class Parser {
  readonly #sql: string
  readonly #warn: Warn
  readonly #tokens: readonly SqlToken[]
  #next = 0

  constructor(sql: string, warn: Warn) {
    this.#sql = sql
    this.#warn = warn
    this.#tokens = lexSql(sql)
  }

  whole(): Target {
    const [first, second] = this.#tokens
    if (first!.type === 'end') throw sqlBad(this.#sql, 0, 'the target is empty')
    if (first!.type === 'word' && second!.type === 'end' && !['true', 'false'].includes(first!.text)) {
      // MIG's own documents call everyone so.
      if (first!.text === 'all') return EVERYONE
      throw sqlForeign(this.#sql, 0, 'this is a macro of MIG', NO_MACRO)
    }
    const { yes } = this.#or(0)
    const left = this.#peek()
    if (left.type !== 'end') throw this.#unexpected(left, 'AND, OR or the end')
    return yes
  }

  #or(depth: number): Judged {
    const parts = [this.#and(depth)]
    while (this.#take('or')) parts.push(this.#and(depth))
    return either(parts)
  }

  #and(depth: number): Judged {
    const parts = [this.#unary(depth)]
    while (this.#take('and')) parts.push(this.#unary(depth))
    return both(parts)
  }

  #unary(depth: number): Judged {
    if (depth > LIMITS.depth) throw sqlBad(this.#sql, this.#peek().at, 'it is nested too deeply')
    if (this.#take('not')) return opposite(this.#unary(depth + 1))
    if (this.#take('true')) return judged(EVERYONE)
    if (this.#take('false')) return judged(NOBODY)
    // A parenthesis is around a condition, or around a column: (tags->>'x') = 'y'.
    if (this.#peek().text === '(' && this.#peek().type === 'operator' && !this.#isColumnInside()) {
      this.#next++
      const inside = this.#or(depth + 1)
      this.#expect(')')
      return inside
    }
    return this.#comparison()
  }

  #isColumnInside(): boolean {
    const close = this.#tokens.findIndex((token, i) => i > this.#next && isSign(token, ')'))
    const inside = this.#tokens.slice(this.#next + 1, close)
    return (
      close > 0 &&
      inside.every(
        ({ type, text }) => type !== 'operator' || ['->', '->>', '#>', '#>>', '.', '::'].includes(text)
      ) &&
      !inside.some(
        ({ type, text }) => type === 'word' && [...Object.keys(LIKES), 'in', 'is', 'not'].includes(text)
      )
    )
  }

  #comparison(): Judged {
    const column = this.#column()
    const operator = this.#any()
    if (operator.text === 'is' && operator.type === 'word') {
      const isNot = this.#take('not')
      this.#expect('null')
      const missing = isMissing(targetOf(column, [ofLike('%')], this.#context(column)))
      return isNot ? opposite(missing) : missing
    }
    const not = operator.type === 'word' && operator.text === 'not'
    const said = not ? this.#any() : operator
    const isWord = said.type === 'word' || said.type === 'operator'
    const like = isWord && Object.hasOwn(LIKES, said.text) ? LIKES[said.text] : undefined
    const positive = (patterns: readonly Pattern[], fold: boolean) =>
      judged(targetOf({ ...column, fold: column.fold || fold }, patterns, this.#context(column)))
    if (said.type === 'word' && said.text === 'in') {
      const target = positive(this.#list().map(exactly), false)
      return not ? opposite(target) : target
    }
    if (like !== undefined) {
      const target = positive(this.#patterns(like.regex), like.fold)
      return not !== like.negative ? opposite(target) : target
    }
    if (not || said.type !== 'operator') throw this.#unexpected(said, 'a comparison')
    return this.#ordered(column, said, positive)
  }

  #ordered(
    column: Column,
    said: SqlToken,
    positive: (patterns: readonly Pattern[], fold: boolean) => Judged
  ): Judged {
    if (said.text === '=') return positive([exactly(this.#value().text)], false)
    if (said.text === '!=' || said.text === '<>')
      return opposite(positive([exactly(this.#value().text)], false))
    if (['<', '<=', '>', '>='].includes(said.text))
      return judged(
        compareVersion(column, said.text as Operator, () => this.#value().text, this.#context(column))
      )
    throw this.#unexpected(said, 'a comparison')
  }

  #context(column: Column) {
    return { sql: this.#sql, at: column.at, warn: this.#warn }
  }

  #patterns(regex: boolean): Pattern[] {
    const value = this.#value()
    if (!regex) return [ofLike(value.text)]
    const patterns = ofRegex(value.text)
    if (patterns === undefined)
      throw sqlForeign(
        this.#sql,
        value.at,
        'a target has globs, and this regular expression is none',
        'Say it with * and ?, or with "or": -t \'hostname~"web*" or hostname~"www*"\'.'
      )
    return patterns
  }

  #list(): string[] {
    this.#expect('(')
    const first = this.#peek()
    if (first.type === 'word' && first.text === 'select')
      throw sqlForeign(this.#sql, first.at, 'a target can not ask for results of other actions', NO_RESULTS)
    const values = [this.#value().text]
    while (this.#take(',')) values.push(this.#value().text)
    this.#expect(')')
    return values
  }

  /** `agents.environment->>'os'`, `lower(name)`, `(tags->>'x')::text` */
  #column(depth = 0): Column {
    const first = this.#any()
    const wraps =
      isSign(first, '(') || (first.type === 'word' && (first.text === 'lower' || first.text === 'upper'))
    if (wraps && depth > 4) throw sqlBad(this.#sql, first.at, 'it is nested too deeply')
    if (wraps) {
      if (first.text !== '(') this.#expect('(')
      const inner = this.#column(depth + 1)
      this.#expect(')')
      this.#casts()
      return first.text === '(' ? inner : { ...inner, fold: true }
    }
    if (first.type !== 'word' && first.type !== 'name') throw this.#unexpected(first, 'a column')
    let name = first.text
    if (name === 'agents' && this.#take('.')) name = this.#any().text
    const path: string[] = []
    for (;;) {
      if (this.#take('->') || this.#take('->>')) path.push(this.#value().text)
      else if (this.#take('#>') || this.#take('#>>'))
        path.push(
          ...this.#value()
            .text.replace(/^\{|\}$/g, '')
            .split(',')
            .map(one => one.trim())
        )
      else break
    }
    this.#casts()
    return { name, path, at: first.at, fold: false }
  }

  #casts(): void {
    while (this.#take('::')) this.#any()
  }

  #value(): SqlToken {
    const token = this.#peek()
    const isTruth = token.type === 'word' && /^(true|false)$/.test(token.text)
    if (token.type !== 'string' && token.type !== 'number' && !isTruth)
      throw this.#unexpected(token, 'a value')
    this.#next++
    this.#casts()
    return token
  }

  #unexpected(token: SqlToken, wanted: string): GumshoeError {
    const got = token.type === 'end' ? 'it ends' : `there is ${JSON.stringify(token.text.slice(0, 64))}`
    return sqlBad(this.#sql, token.at, `${got} where ${wanted} is expected`)
  }

  #expect(text: string): void {
    const token = this.#peek()
    if (!this.#take(text)) throw this.#unexpected(token, text)
  }

  #take(text: string): boolean {
    const token = this.#peek()
    if (['string', 'name', 'end'].includes(token.type) || token.text !== text) return false
    this.#next++
    return true
  }

  /** Whatever comes next; nothing comes after the end. */
  #any(): SqlToken {
    const token = this.#peek()
    if (token.type !== 'end') this.#next++
    return token
  }

  #peek(): SqlToken {
    return this.#tokens[this.#next]!
  }
}
