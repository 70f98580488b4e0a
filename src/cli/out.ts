import Table from 'cli-table3'
import stringWidth from 'string-width'
import { safeText, UNSAFE } from './safe-text.ts'

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
  /** Rows under heads: aligned and cut to the width on a terminal, tab-separated in a pipe. */
  table(heads: readonly string[], rows: readonly (readonly string[])[]): void
}

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
const CODES: Record<Paint, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }

export const paint = (output: Pick<Output, 'colour'>, colour: Paint, text: string): string =>
  output.colour ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text

/** Cuts a text to a width in terminal cells, with an ellipsis. */
export const cut = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

/**
 * Continues a line below itself instead of cutting it, at words where it has some: what a person signs or counts on is
 * never hidden by a narrow window.
 */
export const fold = (text: string, width: number, indent = 9): string[] => {
  if (stringWidth(text) <= width || width < indent + 20) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<= )(?=[^ ])/)) {
    if (stringWidth(line + word.trimEnd()) <= width || line.trim() === '') line += word
    else {
      lines.push(line.trimEnd())
      line = ' '.repeat(indent) + word
    }
    while (stringWidth(line.trimEnd()) > width) {
      const head = cut(line, width + 1).slice(0, -1)
      lines.push(head)
      line = ' '.repeat(indent) + line.slice(head.length)
    }
  }
  if (line.trim() !== '') lines.push(line.trimEnd())
  return lines
}

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
    width: terminal ? (streams.out.columns ?? 100) : Number.POSITIVE_INFINITY,
    interactive: terminal && process.stdin.isTTY === true,
    line,
    record: fields => line(harmlessJson({ v: 1, ...fields })),
    status: text => void streams.err.write(`${text}\n`),
    table: (heads, rows) => {
      if (terminal) for (const text of aligned(heads, rows, streams.out.columns ?? 100)) line(text)
      else for (const row of rows) line(row.map(cell => safeText(cell)).join('\t'))
    }
  }
}

const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  '
}

/** Aligned lines without borders; the widest column gives way where the terminal is too narrow. */
export const aligned = (
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  width: number
): string[] => {
  const cells = [heads, ...rows].map(row => row.map(cell => safeText(cell)))
  const widths = heads.map((_, i) => Math.max(...cells.map(row => stringWidth(row[i] ?? ''))))
  const spare = () => widths.reduce((sum, w) => sum + w + 2, -2) - width
  while (spare() > 0 && Math.max(...widths) > 8) widths[widths.indexOf(Math.max(...widths))]!--
  const table = new Table({
    chars: PLAIN,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true }
  })
  table.push(...cells.map(row => row.map((cell, i) => cut(cell, widths[i]!))))
  return table
    .toString()
    .split('\n')
    .map(text => text.trimEnd())
}
