import { makeOutput, type Output } from '../../src/cli/out.ts'

export interface Screen {
  readonly output: Output
  /** What stands on standard output, whole. */
  out(): string
  /** What stands on standard error, whole. */
  err(): string
  /** JSON Lines, read. */
  records(): Record<string, unknown>[]
}

/** A terminal of a width, or a pipe where none is given. */
export const makeScreen = (options: { columns?: number; json?: boolean; colour?: boolean } = {}): Screen => {
  const written = { out: '', err: '' }
  const { columns } = options
  const output = makeOutput(
    { json: options.json },
    {
      out: {
        isTTY: columns !== undefined,
        columns: columns ?? 0,
        write: (chunk: string | Uint8Array) => {
          written.out += String(chunk)
          return true
        }
      },
      err: {
        write: (chunk: string | Uint8Array) => {
          written.err += String(chunk)
          return true
        }
      },
      environment: options.colour ? {} : { NO_COLOR: '1' }
    }
  )
  return {
    output,
    out: () => written.out,
    err: () => written.err,
    records: () =>
      written.out
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line))
  }
}
