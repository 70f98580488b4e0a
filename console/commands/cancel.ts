import { randomBytes } from 'node:crypto'
import type { CommandModule } from 'yargs'
import { formatTime } from '../../src/clock.ts'
import { toBase64 } from '../../src/codec.ts'
import { encodeEnvelope } from '../../src/documents/envelope.ts'
import { write } from '../../src/documents/write.ts'
import { EXIT } from '../../src/errors.ts'
import { publish } from '../ask/publish.ts'
import { hostsOf, reachAgents } from '../ask/reach.ts'
import { inMesh, type MeshArgs, meshOptions } from './common.ts'
import { recordOf } from './follow.ts'

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
  handler: args =>
    inMesh(args, { alone: true }, async (connected, output) => {
      const { context, chain, signer } = connected
      const record = await recordOf(connected, args.action)
      if (!(await context.confirm(`Cancel ${record.short} (${record.id.slice(0, 16)}) for good?`)))
        return EXIT.complete
      const bytes = write({
        kind: 'gumshoe/cancel/1',
        mesh: chain.mesh,
        action: record.id,
        issued: formatTime(context.clock.now()),
        nonce: toBase64(new Uint8Array(randomBytes(16)))
      })
      const envelope = encodeEnvelope({ bytes, signatures: [await (await signer.open()).sign(bytes)] })
      await reachAgents(connected, await hostsOf(connected), record.targeted)
      const { nodes, agents } = await publish(connected, record.id, envelope, [])
      output.status(
        `${record.short} is cancelled; ${nodes > 0 ? `${nodes} nodes tell it on` : `${agents} agents were told`}. What runs is stopped and answered "cancelled".`
      )
      return EXIT.complete
    })
}
