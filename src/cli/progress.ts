import { systemClock } from '../clock.ts'
import { cut } from './table.ts'

/** Progress of long work on standard error: one line that changes on a terminal, a sparse line at a time in a pipe. */
export interface Progress {
  update(text: string): void
  /** Ends the line; what comes next begins on a fresh one. */
  done(): void
}

const SPARSE_MS = 5_000

export const makeProgress = (
  stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'> = process.stderr,
  monotonic: () => number = systemClock.monotonic
): Progress => {
  let last = ''
  let at = Number.NEGATIVE_INFINITY
  return {
    update: text => {
      if (text === last) return
      if (stream.isTTY) stream.write(`\r\x1b[2K${cut(text, (stream.columns || 100) - 1)}`)
      else if (monotonic() - at >= SPARSE_MS) stream.write(`${text}\n`)
      else return
      last = text
      at = monotonic()
    },
    done: () => {
      if (stream.isTTY && last) stream.write('\r\x1b[2K')
      last = ''
    }
  }
}
