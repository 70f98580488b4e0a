import type { CommandModule } from 'yargs'
import { EXIT } from '../../src/errors.ts'
import { cancelAction } from '../ask/cancel.ts'
import { hostsOf, reachAgents } from '../ask/reach.ts'
import { inMesh, type MeshArgs, meshOptions } from './common.ts'
import { mayBeAction, recordOf } from './follow.ts'

interface CancelArgs extends MeshArgs {
  action: string
}

/** `gumshoe cancel` */
export const command: CommandModule<MeshArgs, CancelArgs> = {
  command: 'cancel <action>',
  describe: 'End an action for good, wherever it has not run yet; any one investigator may',
  builder: yargs =>
    meshOptions(yargs)
      .positional('action', { type: 'string', demandOption: true, describe: 'a17, or an id' })
      .example('$0 cancel a17', ''),
  handler: args => {
    mayBeAction(args.home, args.action)
    return inMesh(args, { alone: true }, async (connected, output) => {
      const { context } = connected
      const record = await recordOf(connected, args.action)
      if (!(await context.confirm(`Cancel ${record.short} (${record.id.slice(0, 16)}) for good?`))) {
        context.tell(`${record.short} goes on.`)
        return EXIT.complete
      }
      await reachAgents(connected, await hostsOf(connected), record.targeted)
      await cancelAction(connected, record, output)
      return EXIT.complete
    })
  }
}
