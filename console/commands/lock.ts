import type { CommandModule } from 'yargs'
import { lock } from '../keys/session.ts'
import { type AdminArgs, adminContext, adminOptions } from './admin-context.ts'

/** `gumshoe lock` */
export const command: CommandModule<AdminArgs, AdminArgs> = {
  command: 'lock',
  describe: 'End the session: drop the console key, its voucher and every unlocked sealing key',
  builder: yargs => adminOptions(yargs).example('$0 lock', ''),
  handler: args => {
    adminContext(args).tell(lock(args.home) ? 'Locked.' : 'No session was open.')
  }
}
