import type { CommandModule } from 'yargs'
import { safeText } from '../../src/cli/safe-text.ts'
import { parseTime } from '../../src/clock.ts'
import { ACTION_KINDS, type Action, isActionKind } from '../../src/documents/action.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { EXIT } from '../../src/errors.ts'
import type { FeedItem } from '../../src/mesh/sync/ports.ts'
import { actionOf } from '../answers/case-file.ts'
import { collectAll } from '../answers/feed.ts'
import { signersNamed } from '../answers/standing.ts'
import type { Connected } from '../connect.ts'
import { History } from '../history.ts'
import { actionState, recordAction } from '../views/result-json.ts'
import { moment } from '../views/words.ts'
import { inMesh, type MeshArgs, meshOptions } from './common.ts'

/** Each action once, oldest first, with who signed the copy that most have signed. */
const signedActions = async (
  connected: Connected,
  items: readonly FeedItem[]
): Promise<{ id: string; action: Action; by: readonly string[] }[]> => {
  const best = new Map<string, { id: string; action: Action; by: readonly string[] }>()
  for (const { kind, id, parcel } of items) {
    if (!isActionKind(kind)) continue
    const by = await signersNamed(connected, parcel.envelope)
    if (by.length >= (best.get(id)?.by.length ?? 0))
      best.set(id, { id, action: actionOf(parcel.envelope), by })
  }
  return [...best.values()].sort((a, b) => (a.action.validFrom < b.action.validFrom ? -1 : 1))
}

interface ActionsArgs extends MeshArgs {
  all?: boolean
}

/** `gumshoe actions` */
export const command: CommandModule<MeshArgs, ActionsArgs> = {
  command: 'actions',
  describe: 'Open actions of the mesh, and past ones with --all',
  builder: yargs =>
    meshOptions(yargs)
      .option('all', { type: 'boolean', describe: 'Also those that are over' })
      .example('$0 actions --all', ''),
  handler: args =>
    inMesh(args, {}, async (connected, output) => {
      const history = new History(connected.context.home)
      const items = await collectAll(connected, {
        kinds: [...ACTION_KINDS, 'gumshoe/cancel/1']
      })
      const cancelled = new Set(
        items
          .filter(({ kind }) => kind === 'gumshoe/cancel/1')
          .map(({ parcel }) => read(decodeEnvelope(parcel.envelope).bytes, 'gumshoe/cancel/1').action)
      )
      const now = connected.context.clock.now()
      const known = new Map(history.list().map(record => [record.id, record]))
      const rows = []
      for (const { id, action, by } of await signedActions(connected, items)) {
        const state = actionState({ action, cancelled: cancelled.has(id), now })
        if (state === 'over' && !args.all) continue
        const record = known.get(id)
        if (output.json) {
          const short = record?.short
          recordAction(
            { id, short, action, by, cancelled: cancelled.has(id), note: record?.note, now },
            output
          )
        }
        rows.push([
          record?.short ?? id.slice(0, 12),
          state,
          action.operations.map(({ module }) => module).join(' '),
          safeText(action.target),
          action.disclosure,
          by.join(' + ') || 'nobody in force',
          moment(parseTime(action.validFrom), now),
          moment(parseTime(action.expires), now),
          record?.note?.case ?? ''
        ])
      }
      if (output.json) return EXIT.complete
      if (rows.length === 0)
        output.status(
          args.all ? 'Nothing was ever asked in this mesh.' : 'Nothing is open. --all shows what is over.'
        )
      else
        output.table(
          ['action', 'state', 'module', 'target', 'level', 'signed by', 'from', 'until', 'case'],
          rows
        )
      return EXIT.complete
    })
}
