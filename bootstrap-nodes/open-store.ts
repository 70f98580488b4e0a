import { codeOf } from '../src/errors.ts'
import type { Log } from '../src/log.ts'
import { type Audit, audit, isHurt } from '../src/store/audit.ts'
import { Database } from '../src/store/database.ts'
import type { Watermark } from '../src/store/watermark.ts'
import { databaseOf } from './home.ts'
import { indexOf } from './index-of.ts'
import { followFromZero } from './replica.ts'

/**
 * Opens a node's store: on a full disk the ballast makes the room that LevelDB needs (threats.md, F6); a store that does
 * not open is set aside; after an unclean stop, or where records are gone, everything is read once and mended, and what
 * is lost comes again from the other nodes, who are followed from zero. Throws `store-locked`, `store-newer`, `disk-full`.
 */
export const openStore = async (home: string, watermark: Watermark, log: Log): Promise<Database> => {
  const database = await openWithBallast(home, watermark, log)
  if (database.unclean || database.lost > 0) await mendStore(database, log)
  return database
}

/** The same without reading it. */
export const openWithBallast = async (home: string, watermark: Watermark, log: Log): Promise<Database> => {
  const open = async () => {
    const { database, aside } = await Database.openOrSetAside(databaseOf(home))
    if (aside !== undefined) log('error', 'store-set-aside', { code: 'store-damaged', to: aside })
    return database
  }
  try {
    return await open()
  } catch (error) {
    if (codeOf(error) !== 'disk-full' || !watermark.dropBallast()) throw error
    log('warn', 'ballast-dropped')
    return open()
  }
}

/** Audits, and has the other nodes followed from zero where anything is lost. */
export const mendStore = async (database: Database, log: Log): Promise<Audit> => {
  const result = await audit(database, { indexOf })
  const { sound, damaged, missing, indexes } = result
  const hurt = isHurt(result)
  log(hurt ? 'warn' : 'info', 'audited', { sound, damaged: damaged.length, missing, indexes })
  if (hurt || sound === 0) await followFromZero(database)
  return result
}
