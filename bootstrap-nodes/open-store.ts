import { codeOf } from '../src/errors.ts'
import type { Log } from '../src/log.ts'
import { audit, isHurt } from '../src/store/audit.ts'
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
  return database.unclean || database.lost > 0 ? mendStore(home, database, log) : database
}

/** The same without reading it. */
export const openWithBallast = async (home: string, watermark: Watermark, log: Log): Promise<Database> => {
  const open = async () => {
    const { database, aside, tables } = await Database.openOrSetAside(databaseOf(home))
    if (aside !== undefined) log('error', 'store-set-aside', { code: 'store-damaged', to: aside })
    if (tables !== undefined) log('error', 'tables-set-aside', { code: 'store-damaged', ...tables })
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

/**
 * Audits, and has the other nodes followed from zero where anything is lost. A store that can't be read to its end is
 * salvaged first; the one that is returned is the one to use.
 */
export const mendStore = async (home: string, database: Database, log: Log): Promise<Database> => {
  const whole = await auditOf(database, log).catch(async error => {
    if (codeOf(error) !== 'store-damaged') throw error
    await database.closeAsFound()
    const salvaged = await Database.salvage(databaseOf(home))
    log('error', 'store-salvaged', {
      code: 'store-damaged',
      ...(salvaged.aside !== undefined && { to: salvaged.aside }),
      ...salvaged.tables
    })
    await auditOf(salvaged.database, log)
    return salvaged.database
  })
  return whole
}

const auditOf = async (database: Database, log: Log): Promise<Database> => {
  const result = await audit(database, { indexOf })
  const { sound, damaged, missing, indexes } = result
  const hurt = isHurt(result)
  log(hurt ? 'warn' : 'info', 'audited', { sound, damaged: damaged.length, missing, indexes })
  if (hurt || sound === 0) await followFromZero(database)
  return database
}
