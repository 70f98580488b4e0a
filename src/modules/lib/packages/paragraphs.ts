/**
 * Records that stand apart by an empty line, each field `Name: value` in a line of its own, as Debian, Alpine and Python
 * write them; lines that go on with a value of the line before are left out. A host has tens of thousands of such lines and
 * is asked about few records, so a field is looked for only when somebody wants it.
 */
export function* paragraphsOf(text: string): Generator<Paragraph> {
  for (let at = 0; at < text.length; ) {
    if (text.charCodeAt(at) === NEWLINE) {
      at++
      continue
    }
    const found = text.indexOf('\n\n', at)
    const end = found < 0 ? text.length : found
    yield new Paragraph(text.slice(at, end))
    at = end + 2
  }
}

const NEWLINE = 0x0a

export class Paragraph {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The first field of that name; undefined where there is none. */
  get(name: string): string | undefined {
    const mark = `${name}:`
    const before = this.#text.startsWith(mark) ? 0 : this.#text.indexOf(`\n${mark}`) + 1
    if (before === 0 && !this.#text.startsWith(mark)) return undefined
    const from = before + mark.length
    const end = this.#text.indexOf('\n', from)
    return this.#text.slice(from, end < 0 ? undefined : end).trim()
  }
}
