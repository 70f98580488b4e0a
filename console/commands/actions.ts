import type { CommandModule } from 'yargs'
import { safeText } from '../../src/cli/safe-text.ts'
import { parseTime } from '../../src/clock.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { EXIT } from '../../src/errors.ts'
import { actionOf } from '../answers/case-file.ts'
import { collect } from '../answers/feed.ts'
import { signersNamed } from '../answers/standing.ts'
import { History } from '../history.ts'
import { inMesh, type MeshArgs, meshOptions } from './common.ts'

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
      const items = await collect(await connected.nodes(), {
        kinds: ['gumshoe/action/1', 'gumshoe/cancel/1']
      })
      const cancelled = new Set(
        items
          .filter(({ kind }) => kind === 'gumshoe/cancel/1')
          .map(({ parcel }) => read(decodeEnvelope(parcel.envelope).bytes, 'gumshoe/cancel/1').action)
      )
      const now = connected.context.clock.now()
      const actions = items
        .filter(({ kind }) => kind === 'gumshoe/action/1')
        .map(({ id, parcel }) => ({ id, envelope: parcel.envelope, action: actionOf(parcel.envelope) }))
        .filter(({ action }) => args.all || parseTime(action.expires) > now)
        .sort((a, b) => (a.action.validFrom < b.action.validFrom ? -1 : 1))
      const rows = []
      for (const { id, envelope, action } of actions) {
        const state = cancelled.has(id) ? 'cancelled' : parseTime(action.expires) > now ? 'open' : 'over'
        const by = await signersNamed(connected, envelope)
        const record = history.list().find(entry => entry.id === id)
        const modules = action.operations.map(({ module }) => module).join(' ')
        if (output.json)
          output.record({
            type: 'action',
            id,
            name: record?.short ?? null,
            state,
            modules,
            target: action.target,
            disclosure: action.disclosure,
            by,
            validFrom: action.validFrom,
            expires: action.expires,
            case: record?.note?.case ?? null
          })
        rows.push([
          record?.short ?? id.slice(0, 12),
          state,
          modules,
          safeText(action.target),
          action.disclosure,
          by.join(' + '),
          action.validFrom.slice(0, 16).replace('T', ' '),
          action.expires.slice(0, 16).replace('T', ' '),
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
