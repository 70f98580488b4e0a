/** Lines and words of small configuration files, as latin1: each character is looked at once, however long a line is. */

export interface Line {
  readonly text: string
  readonly line: number
}

/** Lines that say something: without blanks at both ends, empty ones and comments. */
export function* saidLines(text: string, comments = '#'): Generator<Line> {
  let line = 0
  for (let from = 0; from <= text.length; ) {
    const newline = text.indexOf('\n', from)
    const end = newline < 0 ? text.length : newline
    line++
    const said = text.slice(from, end).trim()
    if (said !== '' && !comments.includes(said[0]!)) yield { text: said, line }
    from = end + 1
  }
}

/** The same, with lines that end in a backslash joined to the next; the number is that of the first. */
export function* joinedLines(text: string, comments = '#'): Generator<Line> {
  let parts: string[] = []
  let first = 0
  for (const { text: said, line } of saidLines(text, comments)) {
    if (parts.length === 0) first = line
    if (said.endsWith('\\')) {
      parts.push(said.slice(0, -1).trim())
      continue
    }
    parts.push(said)
    yield { text: parts.join(' '), line: first }
    parts = []
  }
  if (parts.length > 0) yield { text: parts.join(' ').trim(), line: first }
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

/** The first words of a line and what is left behind them; undefined where there are fewer. */
export const fieldsOf = (line: string, count: number): string[] | undefined => {
  const fields: string[] = []
  let at = 0
  while (fields.length < count) {
    while (isBlank(line.charCodeAt(at))) at++
    const from = at
    while (at < line.length && !isBlank(line.charCodeAt(at))) at++
    if (from === at) return undefined
    fields.push(line.slice(from, at))
  }
  return [...fields, line.slice(at).trim()]
}

/** `key = value` by the first `=`; undefined where there is none. */
export const pairOf = (line: string): [key: string, value: string] | undefined => {
  const at = line.indexOf('=')
  return at < 1 ? undefined : [line.slice(0, at).trimEnd(), line.slice(at + 1).trimStart()]
}

/** Without one pair of quotes around it. */
export const unquoted = (text: string): string =>
  text.length > 1 && (text[0] === '"' || text[0] === "'") && text.endsWith(text[0]) ? text.slice(1, -1) : text

/** Texts between double quotes, each with what stands between it and the one before; `\"` ends none. */
export const quotedIn = (line: string): { before: string; value: string }[] => {
  const found: { before: string; value: string }[] = []
  for (let from = 0; ; ) {
    const open = line.indexOf('"', from)
    if (open < 0) return found
    let end = open + 1
    while (end < line.length && line[end] !== '"') end += line[end] === '\\' ? 2 : 1
    if (end >= line.length) return found
    found.push({ before: line.slice(from, open), value: line.slice(open + 1, end) })
    from = end + 1
  }
}
