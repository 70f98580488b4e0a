import type { CommandModule } from 'yargs'
import { REVEAL } from '../../src/documents/action.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import { EXIT } from '../../src/errors.ts'
import { openCase } from '../answers/standing.ts'
import { ask } from '../ask/ask.ts'
import { revealOperations } from '../ask/reveal-question.ts'
import { History } from '../history.ts'
import { shownCase } from '../shown-case.ts'
import { showRevealed } from '../views/revealed.ts'
import { type FollowArgs, followOptions, inMesh, waitOf } from './common.ts'
import { mayBeAction, recordOf } from './follow.ts'

interface RevealArgs extends FollowArgs {
  action: string
  value: string[]
  column?: string[]
  reason?: string
  case?: string
  save?: string
  dryRun?: boolean
}

/** `gumshoe reveal` */
export const command: CommandModule<FollowArgs, RevealArgs> = {
  command: 'reveal <action> [value..]',
  describe:
    'Open the dark parts of answered values, at the quorum of clear and with a reason; of a reveal, show what it opened',
  builder: yargs =>
    followOptions(yargs)
      .positional('action', { type: 'string', demandOption: true, describe: 'a17, or an id' })
      .positional('value', {
        type: 'string',
        array: true,
        default: [],
        describe: 'v1 v2 …, as show names them'
      })
      .option('column', {
        string: true,
        array: true,
        nargs: 1,
        describe: 'Only the dark parts of this column'
      })
      .option('reason', { type: 'string', describe: 'Why (sealed); needed', requiresArg: true })
      .option('case', { type: 'string', describe: 'Case number (sealed)', requiresArg: true })
      .option('save', { type: 'string', describe: 'Sign and save for a co-signer', requiresArg: true })
      .option('dry-run', { type: 'boolean', describe: 'Only the preview' })
      .example('$0 reveal a17 v1 --reason "module that no package owns"', ''),
  handler: args => {
    mayBeAction(args.home, args.action)
    return inMesh(args, {}, async (connected, output, signal) => {
      const record = await recordOf(connected, args.action)
      const open = await openCase(connected, record.id, record)
      if (open.action.operations.every(({ module }) => module === REVEAL))
        return showRevealed(connected, record, open, output)
      const result = shownCase(connected, open, record)
      const operations = revealOperations(result, args.value, args.column)
      const question = {
        operations,
        target: parseTarget(open.action.target),
        disclosure: 'clear' as const,
        limits: {},
        note: {
          ...(args.reason && { reason: args.reason }),
          ...((args.case ?? record.note?.case) ? { case: args.case ?? record.note?.case ?? '' } : {})
        }
      }
      const options = {
        yes: args.yes === true,
        dryRun: args.dryRun === true,
        detach: false,
        waitMs: waitOf(args),
        exitFound: false,
        signal,
        ...(args.save && { save: args.save })
      }
      const history = new History(connected.context.home)
      const before = new Set(history.list().map(({ id }) => id))
      const status = await ask(connected, question, options, output)
      const revealed = history.list().find(({ id }) => !before.has(id))
      if (status === 'edit') return EXIT.complete
      if (revealed === undefined || status === EXIT.left) return status
      await showRevealed(connected, revealed, await openCase(connected, revealed.id, revealed), output)
      return status
    })
  }
}
