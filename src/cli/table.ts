import Table from 'cli-table3'
import stringWidth from 'string-width'
import { safeText } from './safe-text.ts'

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

/** As many columns, from the left, as leave each its whole width; those in `always` stay. Indexes of what is shown. */
export const fitting = (
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
  always: readonly string[]
): number[] => {
  const cells = [heads, ...rows].map(row => row.map(cell => stringWidth(safeText(cell))))
  const widths = heads.map((_, i) => Math.max(...cells.map(row => row[i] ?? 0)))
  const shown = heads.map((_, i) => i)
  const room = () => shown.reduce((sum, i) => sum + widths[i]! + 2, -2)
  while (room() > width) {
    const last = shown.findLast(i => !always.includes(heads[i]!))
    if (last === undefined) break
    shown.splice(shown.indexOf(last), 1)
  }
  return shown
}
