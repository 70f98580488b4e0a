/** Parts of an expression as RE2 reads them, as far as we must tell them apart. */
type Kind =
  | 'literal'
  | 'escape'
  | 'any'
  | 'class'
  | 'not-class'
  | 'open'
  | 'close'
  | 'begin'
  | 'end'
  | 'repeat'

export interface Token {
  readonly kind: Kind
  readonly text: string
}

const KINDS: Record<string, Kind> = { '.': 'any', '^': 'begin', $: 'end', '(': 'open', ')': 'close' }

/** Splits an expression that RE2 has taken; what it does not need to know stays `literal`. */
export const tokensOf = (source: string): Token[] => {
  const tokens: Token[] = []
  let at = 0
  const take = (kind: Kind, length: number) => {
    tokens.push({ kind, text: source.slice(at, at + length) })
    at += length
  }
  while (at < source.length) {
    const rest = source.slice(at)
    const quoted = /^\\Q[\s\S]*?(\\E|$)/.exec(rest)
    const escaped = /^\\([pP](\{[^}]*\}|[A-Za-z])|x(\{[^}]*\}|[0-9a-fA-F]{2})|[0-7]{1,3}|[\s\S])/.exec(rest)
    const group = /^\(\?(P?<[^>]*>|[a-zA-Z-]*[:)])/.exec(rest)
    const repeat = /^([*+?]|\{\d+(,\d*)?\})\??/.exec(rest)
    if (quoted) take('literal', quoted[0].length)
    else if (escaped)
      take(escaped[0] === '\\A' ? 'begin' : escaped[0] === '\\z' ? 'end' : 'escape', escaped[0].length)
    else if (rest[0] === '[') take(rest[1] === '^' ? 'not-class' : 'class', classLength(rest))
    else if (group) take(group[0].endsWith(')') ? 'literal' : 'open', group[0].length)
    else if (repeat) take('repeat', repeat[0].length)
    else take(KINDS[rest[0]!] ?? 'literal', 1)
  }
  return tokens
}

const classLength = (text: string): number => {
  let at = text[1] === '^' ? 2 : 1
  if (text[at] === ']') at++
  while (at < text.length && text[at] !== ']') {
    const named = /^\[:\^?[a-z]+:\]/.exec(text.slice(at))
    at += named ? named[0].length : text[at] === '\\' ? 2 : 1
  }
  return at + 1
}

/** An expression of RE2 that matches nothing. */
const NEVER = '[^\\x00-\\x{10FFFF}]'

/** The same expression for a part of a line, in which the beginning or the end of the line is not there to be matched. */
export const withoutAnchors = (source: string, first: boolean, last: boolean): string =>
  tokensOf(source)
    .map(({ kind, text }) => ((kind === 'begin' && !first) || (kind === 'end' && !last) ? NEVER : text))
    .join('')

/** True where no match can be longer than some thousand characters: nothing repeats without bound (`a.*b` does). */
export const isBounded = (source: string): boolean =>
  !tokensOf(source).some(({ kind, text }) => kind === 'repeat' && /^[*+]|,\}/.test(text))
