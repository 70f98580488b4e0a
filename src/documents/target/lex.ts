import { badTarget } from './error.ts'

export type TokenType = 'word' | 'string' | 'operator' | '(' | ')' | ',' | 'end'

export interface Token {
  readonly type: TokenType
  /** The word, the content of the string, or the sign itself. */
  readonly text: string
  /** Where it begins, from 0. */
  readonly at: number
}

const WORD = /[A-Za-z0-9._:/*?+@-]/
const OPERATORS = ['!=', '<=', '>=', '=', '~', '<', '>']

/** What other languages write here, and what this one wants. */
const FOREIGN: readonly [string, string][] = [
  ['==', 'Write = for equality.'],
  ['=~', 'Write ~ for a glob: hostname~"web-*".'],
  ['<>', 'Write != for inequality.'],
  ['&', 'Write and.'],
  ['|', 'Write or.'],
  ["'", 'Write double quotes: hostname~"web-*".'],
  ['%', 'A glob uses * and ?: hostname~"web-*".'],
  ['!', 'Write not, or != between a name and a value.'],
  [';', 'A target is one expression.']
]

/** A word that can stand without quotes: the characters of names, addresses and versions, without those of globs. */
export const isPlainWord = (text: string): boolean => /^[A-Za-z0-9._:/+@-]+$/.test(text)

/** Splits a target into tokens, ending in `end`; throws `bad-target` at the first character that has no place. */
export const lex = (text: string): Token[] => {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const first = text[at]!
    if (first === ' ' || first === '\t' || first === '\n') {
      at++
      continue
    }
    const token = readToken(text, at)
    tokens.push(token.token)
    at = token.end
  }
  tokens.push({ type: 'end', text: '', at: text.length })
  return tokens
}

const readToken = (text: string, at: number): { token: Token; end: number } => {
  const first = text[at]!
  if (first === '(' || first === ')' || first === ',')
    return { token: { type: first, text: first, at }, end: at + 1 }
  if (first === '"') return readString(text, at)
  for (const [sign, fix] of FOREIGN) {
    if (text.startsWith(sign, at) && !text.startsWith('!=', at))
      throw badTarget(text, at, `${JSON.stringify(sign)} is not part of the grammar`, fix)
  }
  const operator = OPERATORS.find(sign => text.startsWith(sign, at))
  if (operator !== undefined)
    return { token: { type: 'operator', text: operator, at }, end: at + operator.length }
  let end = at
  while (end < text.length && WORD.test(text[end]!)) end++
  if (end === at) throw badTarget(text, at, 'this character has no place here', ASCII_FIX)
  return { token: { type: 'word', text: text.slice(at, end), at }, end }
}

const ASCII_FIX = 'A target is ASCII; a value with spaces or other signs stands between double quotes.'

/** A string between double quotes: printable ASCII, `\"` and `\\` the only escapes. */
const readString = (text: string, at: number): { token: Token; end: number } => {
  let value = ''
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i]!
    if (char === '"') return { token: { type: 'string', text: value, at }, end: i + 1 }
    if (char < ' ' || char > '~') throw badTarget(text, i, 'a string is printable ASCII')
    if (char === '\\') {
      i++
      if (text[i] !== '"' && text[i] !== '\\') throw badTarget(text, i - 1, 'only \\" and \\\\ are escapes')
    }
    value += text[i]
  }
  throw badTarget(text, at, 'this string does not end', 'Close it with a double quote.')
}
