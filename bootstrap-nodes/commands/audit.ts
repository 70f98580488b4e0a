import type { CommandModule } from 'yargs'
import { audit as auditStore } from '../../src/store/audit.ts'
import { Database } from '../../src/store/database.ts'
import { databaseOf, readHome } from '../home.ts'

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
    const database = await Database.open(databaseOf(home))
    try {
      const result = await auditStore(database, { dryRun: dryRun === true })
      if (json) process.stdout.write(`${JSON.stringify({ v: 1, type: 'audit', ...result })}\n`)
      else {
        process.stdout.write(
          `${result.sound} documents hold; ${result.damaged.length} damaged, ${result.missing} missing, ${result.indexes} index entries damaged.\n`
        )
        if (result.damaged.length + result.missing > 0)
          process.stdout.write('At its next start the node fetches them from the other nodes.\n')
      }
    } finally {
      await database.close()
    }
  }
}
