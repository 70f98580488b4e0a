import { badTarget } from '../../src/documents/target/error.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'

/** `name` is one between double quotes: never a word of the language. */
export type SqlTokenType = 'word' | 'name' | 'string' | 'number' | 'operator' | 'end'

export interface SqlToken {
  readonly type: SqlTokenType
  /** Words in lower case, strings without their quotes, signs as they are. */
  readonly text: string
  /** Where it begins, from 0. */
  readonly at: number
}

/** The SQL says something that no target of ours can. */
export const sqlForeign = (sql: string, at: number, what: string, fix: string): GumshoeError =>
  new GumshoeError('no-counterpart', badTarget(sql, at, what).message, { fix })

/** It is no SQL that MIG would take. */
export const sqlBad = (sql: string, at: number, what: string): GumshoeError =>
  badTarget(sql, at, what, 'Give the target in our words: -t "os=linux and role=web".')

/** The longest first: the first that fits is it. */
const OPERATORS = [
  ...['!~~*', '#>>', '->>', '!~~', '~~*', '!~*', '::', '<>', '!=', '<=', '>=', '->', '#>', '~~', '~*', '!~'],
  ...['~', '=', '<', '>', '(', ')', ',', '.', '-', '+']
]

/** Splits the WHERE clause of a MIG target into tokens, ending in `end`. Throws `bad-target` with the position. */
export const lexSql = (sql: string): SqlToken[] => {
  if (sql.length > LIMITS.targetBytes)
    throw sqlBad(sql, LIMITS.targetBytes, `the SQL has more than ${LIMITS.targetBytes} characters`)
  const tokens: SqlToken[] = []
  let at = 0
  while (at < sql.length) {
    const rest = sql.slice(at)
    const space = /^\s+/.exec(rest)?.[0]
    if (space !== undefined) {
      at += space.length
      continue
    }
    const { token, length } = readToken(sql, at, rest)
    tokens.push(token)
    at += length
  }
  return [...tokens, { type: 'end', text: '', at: sql.length }]
}

const readToken = (sql: string, at: number, rest: string): { token: SqlToken; length: number } => {
  const word = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0]
  if (word !== undefined)
    return { token: { type: 'word', text: word.toLowerCase(), at }, length: word.length }
  const number = /^[0-9]+(\.[0-9]+)?/.exec(rest)?.[0]
  if (number !== undefined) return { token: { type: 'number', text: number, at }, length: number.length }
  if (rest[0] === "'" || rest[0] === '"') return readQuoted(sql, at, rest)
  if (/^(--|\/\*)/.test(rest)) throw sqlBad(sql, at, 'a comment has no place in a target')
  const operator = OPERATORS.find(sign => rest.startsWith(sign))
  if (operator === undefined) throw sqlBad(sql, at, 'this character has no place in a target of MIG')
  return { token: { type: 'operator', text: operator, at }, length: operator.length }
}

/** `'a ''text'''`, or a name between double quotes. */
const readQuoted = (sql: string, at: number, rest: string): { token: SqlToken; length: number } => {
  const quote = rest[0]!
  let value = ''
  for (let i = 1; i < rest.length; i++) {
    if (rest[i] !== quote) value += rest[i]
    else if (rest[i + 1] === quote) value += rest[i++]
    else return { token: { type: quote === "'" ? 'string' : 'name', text: value, at }, length: i + 1 }
  }
  throw sqlBad(sql, at, 'this text does not end')
}
