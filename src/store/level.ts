import { existsSync, mkdirSync } from 'node:fs'
import type { ClassicLevel } from 'classic-level'
import { Level } from 'level'
import { codeOf } from '../errors.ts'
import { KEY_ENCODING } from './keys.ts'
import { accessError, openError } from './level-errors.ts'

/** The only importer of level. */
export type Store = Level<string, Uint8Array>

const made = (directory: string): Store =>
  new Level(directory, { keyEncoding: KEY_ENCODING, valueEncoding: 'view' })

/** Behind every key. */
const LAST = '\xff'

/** LevelDB's own repair: a new list of files of what it can read. Throws what `openError` says. */
export const repairLevel = (directory: string): Promise<void> =>
  (Level as unknown as typeof ClassicLevel).repair(directory).catch(error => {
    throw openError(error, directory)
  })

/** Merges all tables, which LevelDB else does when it likes. Throws what LevelDB throws. */
export const mergeLevel = (level: Store): Promise<void> =>
  (level as unknown as ClassicLevel<string, Uint8Array>).compactRange('', LAST)

/**
 * Throws `store-locked` where another process has the store open. LevelDB takes the lock before it finds that there is a
 * store where none may be, and gives it back: nothing else is read or written.
 */
export const refuseLocked = async (directory: string): Promise<void> => {
  if (!existsSync(directory)) return
  const level = made(directory)
  try {
    await level.open({ createIfMissing: false, errorIfExists: true })
  } catch (error) {
    const refusal = openError(error, directory)
    if (codeOf(refusal) === 'store-locked') throw refusal
  } finally {
    await level.close().catch(() => undefined)
  }
}

/** Opens a store, or makes it. Throws what `openError` says. */
export const openLevel = async (directory: string, create: boolean): Promise<Store> => {
  const level = made(directory)
  try {
    if (create) mkdirSync(directory, { recursive: true, mode: 0o700 })
    await level.open({ createIfMissing: create })
    return level
  } catch (error) {
    await level.close().catch(() => undefined)
    throw openError(error, directory)
  }
}

/** Keys are counted many at a time and as they are: one by one, and as texts, a million answers take a quarter of a minute. */
const [COUNTED, COUNTED_BYTES] = [10_000, 1_024 * 1_024]

/** How many records there are. Closes the store where it can't be read to its end. */
export const countAll = async (level: Store): Promise<number> => {
  try {
    let count = 0
    const keys = level.keys<Uint8Array>({ keyEncoding: 'view', highWaterMarkBytes: COUNTED_BYTES })
    for (let page = await keys.nextv(COUNTED); page.length > 0; page = await keys.nextv(COUNTED))
      count += page.length
    await keys.close()
    return count
  } catch (error) {
    await level.close()
    throw accessError(error)
  }
}
