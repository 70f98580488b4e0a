/** Text of a source file with one check removed, turned round, or moved by one. */
export interface Mutation {
  /** What was done, and to what. */
  readonly what: string
  readonly line: number
  readonly text: string
}

/** From the opening parenthesis at `open` to its closing one; strings and templates are stepped over. */
const closing = (text: string, open: number): number => {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const letter = text[at]!
    if (letter === "'" || letter === '`') {
      at = text.indexOf(letter, at + 1)
      if (at < 0) break
    } else if (letter === '(') depth++
    else if (letter === ')' && --depth === 0) return at
  }
  throw new Error('A parenthesis is never closed.')
}

const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length

/** What a condition decides: only those that end the way or leave something out are checks. */
const ENDS = /^\s*(throw\b|return\b|continue\b|faults\.push|\{\s*throw\b|$)/

const OTHER: Readonly<Record<string, string>> = { '>=': '>', '<=': '<', '>': '>=', '<': '<=' }

/** `if (…) throw` and the like: never true, the other way round, and with each comparison moved by one. */
const conditions = (text: string): Mutation[] =>
  [...text.matchAll(/\bif \(/g)].flatMap(({ index }) => {
    const open = index + 3
    const close = closing(text, open)
    if (!ENDS.test(text.slice(close + 1, close + 60))) return []
    const condition = text.slice(open + 1, close)
    const say = condition.replace(/\s+/g, ' ')
    const line = lineAt(text, index)
    const put = (other: string): string => text.slice(0, open + 1) + other + text.slice(close)
    const moved = [...condition.matchAll(/ (>=|<=|>|<) /g)].map(
      ({ 0: found, 1: operator, index: place }) => ({
        what: `${operator} becomes ${OTHER[operator!]}: ${say}`,
        line,
        text: put(`${condition.slice(0, place)} ${OTHER[operator!]} ${condition.slice(place + found.length)}`)
      })
    )
    return [
      { what: `removed: ${say}`, line, text: put(`false && (${condition})`) },
      { what: `inverted: ${say}`, line, text: put(`!(${condition})`) },
      ...moved
    ]
  })

/** A function of one expression that says yes or no: always, and never. */
const predicates = (text: string): Mutation[] =>
  [...text.matchAll(/^(?:export )?const (\w+) = .*(?:\n {2}.*|\n\).*)*?: boolean =>\s/gm)].flatMap(found => {
    const start = found.index + found[0].length
    if (text[start] === '{') return []
    const end = text.indexOf('\n\n', start) < 0 ? text.trimEnd().length : text.indexOf('\n\n', start)
    const put = (word: string): string =>
      `${text.slice(0, start)}${word} (${text.slice(start, end)})${text.slice(end)}`
    return [
      { what: `always: ${found[1]}`, line: lineAt(text, start), text: put('true ||') },
      { what: `never: ${found[1]}`, line: lineAt(text, start), text: put('false &&') }
    ]
  })

/** A statement that only checks or writes down: left out. Its value is not used, so that the rest still makes sense. */
const statements = (text: string): Mutation[] =>
  [...text.matchAll(/^ +((?:await )?(?:check\w+|context\.record|seen\.add|this\.#require\w+)\()/gm)].map(
    found => {
      const start = found.index + found[0].length - found[1]!.length
      const end = closing(text, found.index + found[0].length - 1) + 1
      return {
        what: `left out: ${text.slice(start, end).replace(/\s+/g, ' ')}`,
        line: lineAt(text, start),
        text: `${text.slice(0, start)}void 0${text.slice(end)}`
      }
    }
  )

/** What happens to whatever a parser refused: it is let through. */
const refusals = (text: string): Mutation[] =>
  [...text.matchAll(/catch \(error\) \{[^}]*?(throw new Stop\()/g)].map(found => {
    const start = found.index + found[0].length - found[1]!.length
    const end = closing(text, found.index + found[0].length - 1) + 1
    return {
      what: 'let through: what could not be read',
      line: lineAt(text, start),
      text: `${text.slice(0, start)}void 0${text.slice(end)}`
    }
  })

/** Everything that may be done to a file, in the order of its lines. */
export const mutationsOf = (text: string): Mutation[] =>
  [...conditions(text), ...predicates(text), ...statements(text), ...refusals(text)].sort(
    (a, b) => a.line - b.line
  )
