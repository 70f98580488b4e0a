import type { HostFiles } from '../host/host-files.ts'
import { type SudoLine, type SudoRules, sudoRules, withoutComment } from './sudoers.ts'

/** sudoers(5): "a hard limit of 128 nested include files to prevent include file loops". */
const NESTED = 128
/** Files in all: a directory of includes that include each other grows without end otherwise. */
const MOST = 2_000
const INCLUDE = /^[@#](include|includedir)\s+("[^"]*"|(?:\\.|[^\s\\])+)\s*$/

/** All rules of a host, from /etc/sudoers and whatever it includes. */
export const readSudoRules = (files: HostFiles): SudoRules => {
  const reader = new Reader(files)
  reader.file('/etc/sudoers', [])
  return sudoRules(reader.lines)
}

class Reader {
  readonly lines: SudoLine[] = []
  readonly #files: HostFiles
  #read = 0

  constructor(files: HostFiles) {
    this.#files = files
  }

  file(path: string, above: readonly string[]): void {
    // sudo itself refuses a circle and everything after it: what it would not read gives no right.
    if (above.includes(path)) {
      this.#files.count.note('include-loop')
      return
    }
    if (above.length >= NESTED || ++this.#read > MOST) {
      this.#files.count.skip('too-deep')
      return
    }
    const inside = [...above, path]
    for (const { text, line } of logicalLines(this.#files.lines(path))) {
      const include = INCLUDE.exec(text)
      if (include === null) {
        const plain = withoutComment(text).trim()
        if (plain !== '') this.lines.push({ text: plain, file: path, line })
      } else this.#include(include[1]!, unquoted(include[2]!), path, inside)
    }
  }

  #include(how: string, target: string, from: string, inside: readonly string[]): void {
    // %h is the host's short name, which only its live kernel knows.
    if (target.includes('%h')) {
      this.#files.count.skip('host-name')
      return
    }
    const path = target.startsWith('/') ? target : `${from.slice(0, from.lastIndexOf('/'))}/${target}`
    if (how === 'include') {
      this.file(path, inside)
      return
    }
    for (const name of this.#files.list(path)) {
      const text = name.toString('latin1')
      // sudoers(5): names with a dot or a ~ at the end are left out (packages and editors leave such).
      if (!text.includes('.') && !text.endsWith('~')) this.file(`${path}/${text}`, inside)
    }
  }
}

const unquoted = (word: string): string => word.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1')

/** Lines with those that end in a backslash joined to the next; the number is that of the first. */
function* logicalLines(lines: readonly string[]): Generator<{ text: string; line: number }> {
  let parts: string[] = []
  let first = 1
  for (const [i, raw] of lines.entries()) {
    if (parts.length === 0) first = i + 1
    const line = raw.replace(/\r$/, '')
    // A comment goes to the end of its line and is not continued.
    if (/(^|[^\\])(\\\\)*\\$/.test(line.slice(-64)) && i + 1 < lines.length) {
      parts.push(line.slice(0, -1))
      continue
    }
    parts.push(line)
    yield { text: parts.join(' ').trim(), line: first }
    parts = []
  }
}
