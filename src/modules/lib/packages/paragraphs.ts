/**
 * Fields of records that stand apart by an empty line, each `Name: value` in a line of its own, as Debian, Alpine and Python
 * write them; lines that go on with a value of the line before are left out. One record at a time, in one pass.
 */
export function* paragraphsOf(text: string, wanted: readonly string[]): Generator<Map<string, string>> {
  const names = new Set(wanted)
  const firsts = new Set(wanted.map(name => name.charCodeAt(0)))
  let fields = new Map<string, string>()
  let isEmpty = true
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at)
    const end = found < 0 ? text.length : found
    if (end === at || (end === at + 1 && text.charCodeAt(at) === CR)) {
      if (!isEmpty) yield fields
      if (fields.size > 0) fields = new Map()
      isEmpty = true
    } else {
      isEmpty = false
      if (firsts.has(text.charCodeAt(at))) takeField(text, at, end, names, fields)
    }
    at = end + 1
  }
  if (!isEmpty) yield fields
}

const CR = 0x0d
/** More than any name of a field has. */
const NAME = 32

const takeField = (
  text: string,
  at: number,
  end: number,
  names: ReadonlySet<string>,
  fields: Map<string, string>
): void => {
  const colon = text.slice(at, Math.min(end, at + NAME)).indexOf(':')
  if (colon < 0) return
  const name = text.slice(at, at + colon)
  // The first one counts.
  if (names.has(name) && !fields.has(name)) fields.set(name, text.slice(at + colon + 1, end).trim())
}
