import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { EXIT, GumshoeError } from '../errors.ts'
import { safeText } from './safe-text.ts'

/** Says what went wrong on standard error, with what to do next, and returns the exit status; no stack but with GUMSHOE_DEBUG. */
export const tellError = (
  error: unknown,
  write: (text: string) => void = text => void process.stderr.write(text)
): number => {
  if (isBrokenPipe(error)) return EXIT.complete
  const known = error instanceof GumshoeError ? error : fromSystem(error)
  write(`error[${known.code}]: ${safeLines(known.message)}\nfix: ${safeLines(known.fix)}\n`)
  if (process.env['GUMSHOE_DEBUG'])
    write(
      `${error instanceof Error ? error.stack : String(error)}\n${known.cause ? `cause: ${stackOf(known.cause)}\n` : ''}`
    )
  return known.exit
}

/** Our own sentences may have lines (the caret of a target); what is in them is still made harmless. */
const safeLines = (text: string): string => text.split('\n').map(safeText).join('\n')

const stackOf = (cause: unknown): string =>
  cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)

const isBrokenPipe = (error: unknown): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === 'EPIPE'

const FIX_PATH = 'Check the path.'

/** Where a file was to be written: the directory that is missing. */
const missingOf = (path: string): string => {
  const above = dirname(path)
  return path.includes('/') && !existsSync(above) ? `directory ${above}` : path
}

/** What the operating system refused, in our words; anything else is a defect of ours. */
const fromSystem = (error: unknown): GumshoeError => {
  const { code, path, message } = (
    error instanceof Error ? error : new Error(String(error))
  ) as NodeJS.ErrnoException
  const what = path ? `${path}` : 'a file'
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return new GumshoeError('permission', `The operating system denies access to ${what}.`, {
        cause: error
      })
    case 'ENOSPC':
      return new GumshoeError('disk-full', `There is no space left for ${what}.`, { cause: error })
    case 'EEXIST':
      return new GumshoeError('usage', `There is a file ${what} already.`, {
        cause: error,
        fix: 'Choose another name, or remove it first.'
      })
    case 'EDQUOT':
      return new GumshoeError('disk-full', `There is no room left for ${what}.`, { cause: error })
    case 'EROFS':
      return new GumshoeError('permission', `${what} lies on a file system that can only be read.`, {
        cause: error,
        fix: 'Name a place that can be written to.'
      })
    case 'ENOENT':
      return new GumshoeError('not-found', `There is no ${missingOf(what)}.`, { cause: error, fix: FIX_PATH })
    case 'ENOTDIR':
      return new GumshoeError('not-found', `There is no ${what}: a file stands where a directory should.`, {
        cause: error,
        fix: FIX_PATH
      })
    case 'EISDIR':
      return new GumshoeError('usage', `${path ? what : 'What was named'} is a directory, not a file.`, {
        cause: error,
        fix: FIX_PATH
      })
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return new GumshoeError('usage', `The system can't follow the path ${what}.`, {
        cause: error,
        fix: FIX_PATH
      })
    case 'EADDRINUSE':
      return new GumshoeError('port-in-use', 'Another program listens on this address.', { cause: error })
    default:
      return new GumshoeError('internal', `Gumshoe failed: ${message.split('\n')[0]}.`, {
        cause: error,
        fix: 'Run it again with GUMSHOE_DEBUG=1 and report what it says; this is a defect.'
      })
  }
}
