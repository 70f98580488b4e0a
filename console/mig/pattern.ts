/** A piece of a pattern: text as it stands, exactly one character, any run of them. */
export type Piece = string | { readonly any: 'one' | 'many' }

/** What a value is held against, whole: made of `=`, LIKE and the simpler regular expressions of Postgres. */
export type Pattern = readonly Piece[]

const ONE: Piece = { any: 'one' }
const MANY: Piece = { any: 'many' }

const joined = (pieces: readonly Piece[]): Pattern => {
  const all: Piece[] = []
  for (const piece of pieces) {
    const last = all.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') all[all.length - 1] = last + piece
    else if (piece !== '' && !(isMany(piece) && isMany(last))) all.push(piece)
  }
  return all
}

export const isMany = (piece: Piece | undefined): boolean => typeof piece === 'object' && piece.any === 'many'

export const exactly = (text: string): Pattern => joined([text])

/** `%` any run, `_` one character, a backslash before what stands for itself. */
export const ofLike = (like: string): Pattern =>
  joined(
    [...like.matchAll(/\\(.)|(%)|(_)|([^\\%_]+)|(\\)/gs)].map(([, escaped, many, one, text, slash]) =>
      many ? MANY : one ? ONE : (escaped ?? text ?? slash!)
    )
  )

const MOST = 64

/** The whole patterns that an expression stands for; undefined where it says more than they can. */
export const ofRegex = (expression: string): Pattern[] | undefined => {
  // Brackets and bars that are themselves; what is there several times, or not at all, across the border of a group.
  if (/\\[()|]|\)[*+?{]|[(|](?:\?:)?(?!\?:)[*+?{]/.test(expression)) return undefined
  const group = /^([^()|]*)\((?:\?:)?([^()]*)\)([^()|]*)$/.exec(expression)
  const alternatives = (
    group ? group[2]!.split('|').map(one => group[1] + one + group[3]) : expression.split('|')
  ).map(ofBranch)
  if (alternatives.length > MOST || alternatives.includes(undefined)) return undefined
  return alternatives as Pattern[]
}

const ofBranch = (branch: string): Pattern | undefined => {
  const body = branch.replace(/^\^/, '')
  const ended = /(^|[^\\])\$$/.test(body)
  const pieces: Piece[] = branch.startsWith('^') ? [] : [MANY]
  const source = ended ? body.slice(0, -1) : body
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!
    const next = source[i + 1]
    if (c === '\\') {
      if (next === undefined || /[A-Za-z0-9]/.test(next)) return undefined
      pieces.push(next)
      i++
    } else if (c === '.') {
      if (next === '?' || next === '{') return undefined
      if (next === '*' || next === '+') i++
      pieces.push(...(next === '*' ? [MANY] : next === '+' ? [ONE, MANY] : [ONE]))
    } else if (/[*+?()[\]{}^$|]/.test(c) || (next !== undefined && /[*+?{]/.test(next))) return undefined
    else pieces.push(c)
  }
  return joined(ended ? pieces : [...pieces, MANY])
}

/** The pattern as a glob of our targets; undefined where it names a sign that a glob can't. */
export const globOf = (pattern: Pattern): string | undefined => {
  if (pattern.some(piece => typeof piece === 'string' && /[*?]/.test(piece))) return undefined
  return pattern.map(piece => (typeof piece === 'string' ? piece : isMany(piece) ? '*' : '?')).join('')
}

/** The text of a pattern that is nothing else. */
export const plainOf = (pattern: Pattern): string | undefined => {
  const [only = '', ...more] = pattern
  return typeof only === 'string' && more.length === 0 ? only : undefined
}
