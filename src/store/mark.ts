import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { GumshoeError } from '../errors.ts'
import { accessError } from './level-errors.ts'
import { trialOf } from './trial.ts'

/** The layout of what lies on the disk; a store of a higher one is refused. */
export const STORE_VERSION = 1

/**
 * What is written beside a store, since LevelDB makes an empty one in the place of one that it no longer finds, and opens
 * with a part of its records and no error where its lists of files are damaged (threats.md, F5).
 */
export interface Mark {
  readonly version: number
  /** A store that was made anew has another: followers of its feed start from zero. */
  readonly incarnation: string
  /** How many records there were at the clean stop; absent while it is open, and after an unclean stop. */
  readonly records?: number
  /** LevelDB's repair has begun and not ended: it takes files away before its new list of them is in force. */
  readonly repairing?: true
}

const place = (directory: string): string => `${directory}.mark`

/** Undefined where there never was a store. Throws `store-newer`, `store-damaged`. */
export const readMark = (directory: string): Mark | undefined => {
  const path = place(directory)
  if (!existsSync(path)) return undefined
  let mark: Mark
  try {
    mark = JSON.parse(readFileSync(path, 'utf8')) as Mark
    if (!Number.isSafeInteger(mark.version) || typeof mark.incarnation !== 'string')
      throw new Error('Members are missing.')
  } catch (cause) {
    throw new GumshoeError('store-damaged', `The mark ${path} is damaged.`, { cause })
  }
  if (mark.version > STORE_VERSION)
    throw new GumshoeError(
      'store-newer',
      `The store ${directory} has layout ${mark.version}; this program knows ${STORE_VERSION}.`
    )
  return mark
}

/** Writes all or nothing, 0600, synced, so that after a power loss an open store is not taken for a closed one. */
export const writeMark = (directory: string, mark: Mark): void => {
  const path = place(directory)
  const file = openSync(`${path}.tmp`, 'w', 0o600)
  try {
    writeFileSync(file, `${JSON.stringify(mark)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.tmp`, path)
}

/** A process that is killed in a repair leaves files that LevelDB no longer finds, and would throw away. */
export const beginRepair = (directory: string, mark: Mark): void => {
  try {
    writeMark(directory, { ...mark, repairing: true })
  } catch (error) {
    throw accessError(error)
  }
}

/** The files beside a store that go with it when it is moved. */
export const marksOf = (directory: string): string[] => [
  place(directory),
  `${place(directory)}.tmp`,
  trialOf(directory)
]
