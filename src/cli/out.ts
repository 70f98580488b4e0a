import { safeText, UNSAFE } from './safe-text.ts'
import { aligned, fitting } from './table.ts'

/** Where a command's words go: results to standard output, status to standard error (screens.md). */
export interface Output {
  readonly json: boolean
  readonly colour: boolean
  readonly width: number
  /** True where a person sits at a terminal. */
  readonly interactive: boolean
  /** A line of the result. */
  line(text?: string): void
  /** A line of JSON; `"v": 1` is put in front. */
  record(fields: Record<string, unknown>): void
  /** A line of status, never part of the result. */
  status(text: string): void
  /**
   * Rows under heads: aligned on a terminal, tab-separated in a pipe, heads first in both. Where `always` is given, other columns give way to
   * a narrow window from the right, and are named below.
   */
  table(heads: readonly string[], rows: readonly (readonly string[])[], always?: readonly string[]): void
}

/** The member of a JSON line that a column stands in: its own name, or with `_` behind it where the line has that name itself. */
export const memberOf = (column: string, line: Readonly<Record<string, unknown>>): string =>
  column === 'v' || Object.hasOwn(line, column) ? `${column}_` : column

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
const CODES: Record<Paint, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }

export const paint = (output: Pick<Output, 'colour'>, colour: Paint, text: string): string =>
  output.colour ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text

type Sink = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>
interface Streams {
  readonly out: Sink
  readonly err: Pick<NodeJS.WriteStream, 'write'>
  readonly environment: NodeJS.ProcessEnv
}

let redirected: Sink | undefined

/** Where results go now: standard output, or what the prompt's `| grep` reads. */
export const resultSink = (): Sink => redirected ?? process.stdout

/** Sends results elsewhere while work is done. */
export const withResultsTo = async <T>(sink: Sink, work: () => Promise<T>): Promise<T> => {
  const before = redirected
  redirected = sink
  try {
    return await work()
  } finally {
    redirected = before
  }
}

/** JSON without any character that does something to a terminal or in a page: the same value, written by its code. */
const harmlessJson = (value: unknown): string =>
  JSON.stringify(value).replace(HARMFUL, character =>
    character
      .split('')
      .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('')
  )
const HARMFUL = new RegExp(`${UNSAFE.source}|[<>&]`, 'gu')

/** The output of a program; tests hand in streams of their own. */
export const makeOutput = (
  options: { json?: boolean | undefined },
  streams: Streams = { out: resultSink(), err: process.stderr, environment: process.env }
): Output => {
  const terminal = streams.out.isTTY === true
  const line = (text = '') => void streams.out.write(`${text}\n`)
  return {
    json: options.json === true,
    colour: terminal && !streams.environment['NO_COLOR'],
    // What goes to a file or a program is not cut.
    width: terminal ? streams.out.columns || 100 : Number.POSITIVE_INFINITY,
    interactive: terminal && process.stdin.isTTY === true,
    line,
    record: fields => line(harmlessJson({ v: 1, ...fields })),
    status: text => void streams.err.write(`${text}\n`),
    table: (heads, rows, always = heads) => {
      if (!terminal) {
        // Which columns there are depends on what was found, so a pipe is told their names too.
        for (const row of [heads, ...rows]) line(row.map(cell => safeText(cell)).join('\t'))
        return
      }
      const width = streams.out.columns || 100
      const shown = fitting(heads, rows, width, always)
      const pick = (row: readonly string[]) => shown.map(i => row[i] ?? '')
      for (const text of aligned(pick(heads), rows.map(pick), width)) line(text)
      const left = heads.filter((_, i) => !shown.includes(i))
      if (left.length > 0) line(`No room here for: ${left.join(', ')}; a wider window or --json has them.`)
    }
  }
}
