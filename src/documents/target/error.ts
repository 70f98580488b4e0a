import { GumshoeError } from '../../errors.ts'

const WIDTH = 72

/** The error of a malformed target: what is wrong, where (1-based), the text around it with a caret under it, and the fix. */
export const badTarget = (text: string, at: number, what: string, fix?: string): GumshoeError => {
  const from = Math.max(0, Math.min(at - WIDTH / 2, text.length - WIDTH))
  const shown = text.slice(from, from + WIDTH).replace(/[^ -~]/g, '?')
  return new GumshoeError(
    'bad-target',
    `In the target, at character ${at + 1}: ${what}.\n  ${shown}\n  ${' '.repeat(at - from)}^`,
    fix === undefined ? {} : { fix }
  )
}
