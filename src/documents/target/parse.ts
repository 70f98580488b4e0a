import { LIMITS } from '../../limits.ts'
import { isFactName, KEYWORDS } from '../facts.ts'
import type { Operator, Target } from './ast.ts'
import { badTarget } from './error.ts'
import { lex, type Token } from './lex.ts'
import { checkOperator, checkValue } from './values.ts'

/** `found(a17)` or `answered(a17)` as typed: the console finds the action's full id and makes it the operation's condition. */
export interface TypedCondition {
  readonly when: 'found' | 'answered'
  readonly action: string
}

/**
 * Text → target. Throws `bad-target` with the position, a caret under it and the fix.
 * Grammar: or = and {"or" and}; and = unary {"and" unary}; unary = "not" unary | "(" or ")" | "all" | comparison;
 * comparison = name operator value | name "in" "(" value {"," value} ")" | name "in" network.
 */
export const parseTarget = (text: string): Target => parse(text, false).target

/**
 * What a person types after -t: a target that may hold one condition, `found(ACTION)` or `answered(ACTION)`, among the
 * parts of its outermost `and`. It is split off, because agents answer it from their own memory (design 4).
 */
export const parseQuestionTarget = (text: string): { target: Target; condition?: TypedCondition } =>
  parse(text, true)

const parse = (text: string, conditions: boolean): { target: Target; condition?: TypedCondition } => {
  if (text.length > LIMITS.targetBytes)
    throw badTarget(
      text,
      LIMITS.targetBytes,
      `a target has at most ${LIMITS.targetBytes} characters, this one ${text.length}`,
      'Name hosts by a tag instead of one by one.'
    )
  return new Parser(text, conditions).whole()
}

/** What stands at the place of a condition until it is taken out. */
const TAKEN = undefined

class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  readonly #conditions: boolean
  #next = 0
  #condition: (TypedCondition & { at: number }) | undefined

  constructor(text: string, conditions: boolean) {
    this.#text = text
    this.#tokens = lex(text)
    this.#conditions = conditions
  }

  whole(): { target: Target; condition?: TypedCondition } {
    if (this.#peek().type === 'end')
      throw badTarget(this.#text, this.#peek().at, 'the target is empty', 'Write all for every host.')
    const target = this.#or(0) ?? { type: 'all' }
    const left = this.#peek()
    if (left.type !== 'end') throw this.#unexpected(left, 'and, or, or the end')
    if (this.#condition === undefined) return { target }
    const { when, action } = this.#condition
    return { target, condition: { when, action } }
  }

  #or(depth: number): Target | typeof TAKEN {
    const parts = [this.#and(depth)]
    while (this.#takeWord('or')) parts.push(this.#and(depth))
    if (parts.length === 1) return parts[0]
    if (parts.includes(TAKEN) || (depth === 0 && this.#condition !== undefined))
      throw this.#misplaced(this.#condition!.when, this.#condition!.at)
    return { type: 'or', parts: parts as Target[] }
  }

  #and(depth: number): Target | typeof TAKEN {
    const parts = [this.#unary(depth)]
    while (this.#takeWord('and')) parts.push(this.#unary(depth))
    const real = parts.filter(part => part !== TAKEN)
    return real.length > 1 ? { type: 'and', parts: real } : real[0]
  }

  #unary(depth: number): Target | typeof TAKEN {
    const token = this.#peek()
    if (depth > LIMITS.depth)
      throw badTarget(this.#text, token.at, 'the target is nested too deeply', 'Use fewer parentheses.')
    if (this.#takeWord('not')) return { type: 'not', part: this.#unary(depth + 1)! }
    if (this.#takeWord('all')) return { type: 'all' }
    if (token.type === '(') {
      this.#next++
      const part = this.#or(depth + 1)
      this.#expect(')', 'a closing parenthesis')
      return part
    }
    if (token.type === 'word' && (token.text === 'found' || token.text === 'answered'))
      return this.#takeCondition(token.text, depth)
    return this.#comparison()
  }

  #comparison(): Target {
    const name = this.#name()
    const operator = this.#tokens[this.#next++]!
    if (operator.type === 'word' && operator.text === 'in') return this.#in(name)
    if (operator.type === 'word' && operator.text === 'not')
      throw badTarget(
        this.#text,
        operator.at,
        '"not" stands before the name',
        `Write not ${name.text} in (…).`
      )
    if (operator.type !== 'operator') {
      const what = `after ${JSON.stringify(name.text.slice(0, 64))} there is no operator`
      throw badTarget(this.#text, operator.at, what, OPERATOR_FIX)
    }
    checkOperator(this.#text, name, operator)
    return {
      type: 'compare',
      name: name.text,
      operator: operator.text as Operator,
      value: checkValue(this.#text, name.text, operator.text as Operator, this.#value())
    }
  }

  #in(name: Token): Target {
    const value = () => checkValue(this.#text, name.text, 'in', this.#value())
    if (name.text === 'ip' && this.#peek().type === 'word')
      return { type: 'in', name: name.text, values: [value()] }
    this.#expect('(', 'a list in parentheses')
    const values = [value()]
    while (this.#peek().type === ',') {
      this.#next++
      values.push(value())
    }
    this.#expect(')', 'a comma or a closing parenthesis')
    return { type: 'in', name: name.text, values }
  }

  #name(): Token {
    const token = this.#peek()
    if (token.type !== 'word' || KEYWORDS.includes(token.text)) throw this.#unexpected(token, 'a name')
    if (!/^[a-z0-9._-]{1,63}$/.test(token.text)) {
      const lower = token.text.toLowerCase()
      const known = isFactName(lower) || KEYWORDS.includes(lower)
      throw badTarget(
        this.#text,
        token.at,
        'a name is 1 to 63 of a-z 0-9 . _ -',
        known ? `Write ${lower} in lower case.` : undefined
      )
    }
    this.#next++
    return token
  }

  #value(): Token {
    const token = this.#peek()
    if (token.type !== 'word' && token.type !== 'string') throw this.#unexpected(token, 'a value')
    if (token.type === 'word' && KEYWORDS.includes(token.text))
      throw badTarget(
        this.#text,
        token.at,
        `${JSON.stringify(token.text)} is a word of the grammar`,
        'Put it between double quotes where it is a value.'
      )
    this.#next++
    return token
  }

  #takeCondition(when: 'found' | 'answered', depth: number): typeof TAKEN {
    const token = this.#tokens[this.#next++]!
    this.#expect('(', 'an action in parentheses')
    const action = this.#value()
    this.#expect(')', 'a closing parenthesis')
    if (!this.#conditions)
      throw badTarget(
        this.#text,
        token.at,
        `${when}(…) is a condition of an operation, not of a target`,
        'The console splits it off; a signed action carries it in its operations.'
      )
    if (depth > 0) throw this.#misplaced(when, token.at)
    if (this.#condition !== undefined)
      throw badTarget(
        this.#text,
        token.at,
        'there is a condition already',
        'Ask with one found() or answered().'
      )
    if (!/^[a-z0-9]{1,64}$/.test(action.text))
      throw badTarget(this.#text, action.at, 'an action is a short name like a17, or its id')
    this.#condition = { when, action: action.text, at: token.at }
    return TAKEN
  }

  #misplaced(when: string, at: number): Error {
    const what = `${when}(…) stands only among the parts of the outermost "and"`
    return badTarget(
      this.#text,
      at,
      what,
      `Write … and ${when}(…), without or, not or parentheses around it.`
    )
  }

  #unexpected(token: Token, wanted: string): Error {
    const got =
      token.type === 'end' ? 'the target ends' : `there is ${JSON.stringify(token.text.slice(0, 64))}`
    const lower = token.text.toLowerCase()
    const fix = lower !== token.text && KEYWORDS.includes(lower) ? `Write ${lower} in lower case.` : undefined
    return badTarget(this.#text, token.at, `${got} where ${wanted} is expected`, fix)
  }

  #expect(type: Token['type'], wanted: string): void {
    const token = this.#peek()
    if (token.type !== type) throw this.#unexpected(token, wanted)
    this.#next++
  }

  #takeWord(word: string): boolean {
    const token = this.#peek()
    if (token.type !== 'word' || token.text !== word) return false
    this.#next++
    return true
  }

  #peek(): Token {
    return this.#tokens[this.#next]!
  }
}

const OPERATOR_FIX = 'Compare it: role=web, role in (web, api), hostname~"web-*", version<2.1.'
