import { GumshoeError } from '../errors.ts'

/** What LevelDB threw, with its causes, as one text: its own codes say little (a full disk is LEVEL_IO_ERROR). */
const textOf = (error: unknown): string => {
  const { code, cause } = (error ?? {}) as { code?: string; cause?: unknown }
  return `${code ?? ''} ${String(error)}${cause === undefined ? '' : ` ${textOf(cause)}`}`
}

const FULL = /No space left|ENOSPC|EDQUOT|quota exceeded/

/** `store-locked`, `disk-full`, `permission` or `store-damaged` for a store that does not open. */
export const openError = (error: unknown, directory: string): GumshoeError => {
  if (error instanceof GumshoeError) return error
  const text = textOf(error)
  const say = (code: 'store-locked' | 'disk-full' | 'permission' | 'store-damaged', sentence: string) =>
    new GumshoeError(code, sentence, { cause: error })
  if (/LEVEL_LOCKED/.test(text)) return say('store-locked', `Another process has ${directory} open.`)
  if (FULL.test(text))
    return say('disk-full', `The disk of ${directory} is full; a store needs some MiB to open.`)
  if (/Permission denied|EACCES|EPERM|Read-only file system|EROFS/.test(text))
    return say('permission', `The store ${directory} may not be opened.`)
  return say('store-damaged', `The store ${directory} does not open.`)
}

/** `disk-full` or `store-damaged` for a read or a write that failed. */
export const accessError = (error: unknown): GumshoeError => {
  if (error instanceof GumshoeError) return error
  if (FULL.test(textOf(error)))
    return new GumshoeError('disk-full', 'The disk of the store is full.', { cause: error })
  return new GumshoeError('store-damaged', 'The store can be neither read nor written now.', { cause: error })
}
