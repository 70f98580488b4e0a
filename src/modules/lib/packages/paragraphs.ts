/**
 * Fields of records that stand apart by an empty line, each `Name: value` in a line of its own, as Debian, Alpine and Python
 * write them; lines that go on with a value of the line before are left out. One record at a time, in one pass: a host's
 * records have tens of thousands of lines, so no line that nobody wants is cut out.
 */
export function* paragraphsOf(text: string, wanted: readonly string[]): Generator<Map<string, string>> {
  const byFirst = Map.groupBy(wanted, name => name.charCodeAt(0))
  let fields = new Map<string, string>()
  let isEmpty = true
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at)
    const end = found < 0 ? text.length : found
    const first = text.charCodeAt(at)
    if (end === at || (first === CR && end === at + 1)) {
      if (!isEmpty) yield fields
      if (fields.size > 0) fields = new Map()
      isEmpty = true
    } else {
      isEmpty = false
      const names = byFirst.get(first)
      if (names !== undefined) takeField(text, at, end, names, fields)
    }
    at = end + 1
  }
  if (!isEmpty) yield fields
}

const CR = 0x0d
const COLON = 0x3a

const takeField = (
  text: string,
  at: number,
  end: number,
  names: readonly string[],
  fields: Map<string, string>
): void => {
  for (const name of names) {
    const colon = at + name.length
    // The first of a name counts.
    if (text.charCodeAt(colon) === COLON && text.startsWith(name, at) && !fields.has(name))
      fields.set(name, text.slice(colon + 1, end).trim())
  }
}
