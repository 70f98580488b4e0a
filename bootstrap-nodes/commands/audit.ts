import type { CommandModule } from 'yargs'
import { count } from '../../src/cli/count.ts'
import { systemClock } from '../../src/clock.ts'
import { makeLog } from '../../src/log.ts'
import { databaseOf, readHome } from '../home.ts'
import { indexOf } from '../index-of.ts'

export const audit: CommandModule<{ home: string }, { home: string; dryRun?: boolean; json?: boolean }> = {
  command: 'audit',
  describe: 'Read every record of a stopped node, set aside what is damaged, and say what is lost',
  builder: yargs =>
    yargs
      .option('dry-run', { type: 'boolean', describe: 'Only tell' })
      .option('json', { type: 'boolean', describe: 'One JSON line' })
      .example('$0 audit --dry-run', 'Look without touching'),
  handler: async ({ home, dryRun, json }) => {
    readHome(home)
    // LevelDB is heavy; what is wrong with the home is said before it is loaded.
    const { audit: auditStore, isHurt } = await import('../../src/store/audit.ts')
    const { Database } = await import('../../src/store/database.ts')
    const { Watermark } = await import('../../src/store/watermark.ts')
    const { openWithBallast } = await import('../open-store.ts')
    const { followFromZero } = await import('../replica.ts')
    const database = dryRun
      ? await Database.open(databaseOf(home))
      : await openWithBallast(home, new Watermark(home, systemClock), makeLog('gumshoe-bootstrap'))
    try {
      const result = await auditStore(database, { indexOf, dryRun: dryRun === true })
      if (!dryRun && isHurt(result)) await followFromZero(database)
      if (json) process.stdout.write(`${JSON.stringify({ v: 1, type: 'audit', ...result })}\n`)
      else {
        process.stdout.write(
          `${count(result.sound, 'document holds', 'documents hold')}; ${result.damaged.length} damaged, ${result.missing} missing, ${count(result.indexes, 'entry', 'entries')} of indexes damaged or missing.\n`
        )
        if (isHurt(result))
          process.stdout.write('At its next start the node fetches them from the other nodes.\n')
      }
    } finally {
      await (dryRun ? database.closeAsFound() : database.close())
    }
  }
}
