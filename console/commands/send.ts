import { readFileSync } from 'node:fs'
import type { CommandModule } from 'yargs'
import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import { GumshoeError } from '../../src/errors.ts'
import { decodeSaved } from '../admin/saved.ts'
import { actionOf } from '../answers/case-file.ts'
import { signersNamed } from '../answers/standing.ts'
import { sendAndFollow } from '../ask/ask.ts'
import { missingOf, sayMissing } from '../ask/compose.ts'
import { fleetNow } from '../ask/reach.ts'
import { type FollowArgs, followOptions, inMesh, waitOf } from './common.ts'

interface SendArgs extends FollowArgs {
  file: string
  detach?: boolean
}

/** `gumshoe send` */
export const command: CommandModule<FollowArgs, SendArgs> = {
  command: 'send <file>',
  describe: 'Publish a question that was saved and co-signed, and follow it',
  builder: yargs =>
    followOptions(yargs)
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: 'As --save and gumshoe sign left it'
      })
      .option('detach', { type: 'boolean', describe: 'Do not wait for answers' })
      .example('$0 send q.saved', 'After gumshoe sign q.saved by a second person'),
  handler: args => {
    const saved = decodeSaved(new Uint8Array(readFileSync(args.file)))
    if (saved.what !== 'action')
      throw new GumshoeError('usage', `${args.file} holds a ${saved.what}, not a question.`, {
        fix: `gumshoe sign ${args.file} finishes it.`
      })
    return inMesh(args, { alone: true }, async (connected, output, signal) => {
      const { charter } = connected.chain.current
      const missing = missingOf(
        actionOf(saved.envelope),
        charter,
        await signersNamed(connected, saved.envelope)
      )
      if (missing !== undefined)
        throw new GumshoeError('quorum', `The signatures do not reach the quorum; ${sayMissing(missing)}.`, {
          fix: `Have one of them run: gumshoe sign ${args.file}`
        })
      const id = documentId(decodeEnvelope(saved.envelope).bytes)
      const ready = {
        id,
        envelope: saved.envelope,
        wraps: saved.wraps,
        attachments: saved.attachments,
        ...(saved.note && { note: saved.note.clear })
      }
      const options = {
        yes: true,
        dryRun: false,
        detach: args.detach === true,
        waitMs: waitOf(args),
        exitFound: args.exitFound === true,
        signal
      }
      // Who can't read the answers is told before anything is sent.
      if (!options.detach && connected.session.sealingKey(id) === undefined) await connected.signer.open()
      return sendAndFollow(connected, ready, await fleetNow(connected), options, output)
    })
  }
}
