import type { CommandModule } from 'yargs'
import { count } from '../../src/cli/count.ts'
import { makeOutput } from '../../src/cli/out.ts'
import { layout, openHome } from '../home.ts'
import { type Recorded, readRecords } from '../records.ts'

const time = (t: number): string => new Date(t).toISOString().slice(0, 19).replace('T', ' ')

interface WhyArgs {
  home: string
  json?: boolean
  action?: string
  all?: boolean
}

export const why: CommandModule<{ home: string }, WhyArgs> = {
  command: 'why',
  describe: "This host's ledger: who asked, when, which module, what level, how much left the host",
  builder: yargs =>
    yargs
      .option('json', { type: 'boolean', describe: 'JSON Lines: every event' })
      .option('action', { type: 'string', describe: 'Only this action (its first digits do)' })
      .option('all', { type: 'boolean', describe: 'Also what was turned away' })
      .example('$0 why', 'Everything that was asked of this host'),
  handler: async ({ home, json, action, all }) => {
    const output = makeOutput({ json })
    const events = readRecords(layout(home).records).filter(
      event => action === undefined || ('action' in event && event.action?.startsWith(action))
    )
    if (output.json) {
      for (const event of events) output.record({ type: 'event', ...event })
      return
    }
    if (events.length === 0) await explainEmpty(home, output.status)
    const rows = events.flatMap(event => rowOf(event, all === true))
    if (rows.length > 0)
      output.table(['when', 'what', 'action', 'who', 'module', 'level', 'result', 'bytes left'], rows)
    const number = (what: Recorded['what']) => events.filter(event => event.what === what).length
    output.status(
      `${count(number('run'), 'action')} ran, ${number('refused')} ${number('refused') === 1 ? 'was' : 'were'} refused, ${count(number('turned-away'), 'message was', 'messages were')} turned away.`
    )
  }
}

const rowOf = (event: Recorded, all: boolean): string[][] => {
  const when = time(event.t)
  switch (event.what) {
    case 'run':
      return [
        [
          when,
          'ran',
          event.action.slice(0, 12),
          event.persons.join(' + '),
          event.modules.join(', '),
          event.disclosure,
          event.purpose ?? '',
          ''
        ]
      ]
    case 'refused':
      return [
        [
          when,
          'refused',
          event.action.slice(0, 12),
          event.persons.join(' + '),
          event.modules.join(', '),
          event.disclosure,
          event.code,
          ''
        ]
      ]
    case 'answered':
      return [
        [
          when,
          'answered',
          event.action.slice(0, 12),
          '',
          '',
          '',
          `${event.op}: ${event.state}${event.verdict ? ` ${event.verdict}` : ''}, ${count(event.rows, 'row')}`,
          String(event.bytes)
        ]
      ]
    case 'cancelled':
      return [[when, 'cancelled', event.action.slice(0, 12), '', '', '', '', '']]
    case 'turned-away':
      return all ? [[when, 'turned away', '', '', event.kind, '', event.code, '']] : []
    default:
      return []
  }
}

/** An empty ledger says why, where the home itself is the reason. */
const explainEmpty = async (home: string, status: (text: string) => void): Promise<void> => {
  await openHome(home, '/', 0).catch(error => {
    if (error.code === 'no-home') throw error
  })
  status('Nobody has asked this host anything yet.')
}
