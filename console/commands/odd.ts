import type { Argv } from 'yargs'
import type { Command } from '../../src/cli/command.ts'
import { briefOf, moduleUsage } from '../../src/cli/module-help.ts'
import { limitOptions, moduleOptions, paramsInto } from '../../src/cli/options.ts'
import { systemClock } from '../../src/clock.ts'
import { EXIT, GumshoeError } from '../../src/errors.ts'
import { MODULES } from '../../src/modules/index.ts'
import { type ModuleSpec, moduleId } from '../../src/modules/spec.ts'
import { openCase } from '../answers/standing.ts'
import { ask } from '../ask/ask.ts'
import { quoteWord } from '../prompt/words.ts'
import { shownCase } from '../shown-case.ts'
import { type OddOptions, showOdd } from '../views/odd-screen.ts'
import { statusOf } from '../views/result.ts'
import { followOptions, inMesh, meshOptions } from './common.ts'
import { mayBeAction, recordOf } from './follow.ts'
import { askOptionsOf, questionOf, questionOptions } from './question.ts'

type Args = Record<string, unknown>

const oddFlags = <T>(yargs: Argv<T>) =>
  yargs
    .option('column', {
      type: 'string',
      array: true,
      nargs: 1,
      requiresArg: true,
      describe: 'Compare only this column; every private one otherwise',
      group: 'Rarity:'
    })
    .option('top', {
      type: 'number',
      default: 10,
      describe: 'Hosts that are shown, and that a reveal is offered for',
      group: 'Rarity:'
    })

const optionsOf = (args: Args): OddOptions => {
  const top = Number(args['top'] ?? 10)
  if (!Number.isSafeInteger(top) || top < 1)
    throw new GumshoeError('usage', `--top ${String(args['top'])}: a number of hosts.`)
  const columns = args['column'] as string[] | undefined
  return { top, ...(columns !== undefined && { columns }) }
}

const checkColumns = (spec: ModuleSpec, { columns = [] }: OddOptions): void => {
  const all = Object.keys(spec.columns).filter(name => spec.columns[name]!.secrecy === 'private')
  const stray = columns.find(column => !all.includes(column))
  if (stray === undefined) return
  throw new GumshoeError('usage', `${spec.name} has no private column ${stray}.`, {
    fix: all.length === 0 ? 'It has none: there is nothing to compare.' : `It has ${all.join(', ')}.`
  })
}

const moduleCommand = (spec: ModuleSpec): Command => ({
  command: spec.name,
  describe: briefOf(spec),
  builder: (yargs: Argv) => {
    followOptions(
      limitOptions(
        questionOptions(
          oddFlags(moduleOptions(moduleUsage(yargs, `gumshoe odd ${spec.name} … -t TARGET`, spec), spec))
        )
      )
    )
    for (const { title, argv } of spec.examples.slice(0, 1))
      yargs.example(`$0 odd ${spec.name} ${argv.map(quoteWord).join(' ')} -t role=web`, title)
    return yargs
  },
  handler: async (args: Args) => {
    const options = optionsOf(args)
    checkColumns(spec, options)
    const question = questionOf(args, (_, attachments) => [
      { id: 'o1', module: moduleId(spec), params: paramsInto(attachments, spec, args, systemClock.now()) }
    ])
    if (question.disclosure === 'match')
      throw new GumshoeError('usage', 'At match no values come back: there is nothing to compare.', {
        fix: 'Leave out --match.'
      })
    await inMesh(args as never, { alone: true }, async (connected, output, signal) => {
      const show: Parameters<typeof ask>[2]['show'] = (result, to) => showOdd(result, options, to)
      const asked = await ask(connected, question, { ...askOptionsOf(args), show, signal }, output)
      return asked === 'edit' ? EXIT.complete : asked
    })
  }
})

/** `gumshoe odd`: which host is not like its siblings, from commitments alone. */
export const command: Command = {
  command: 'odd [what]',
  describe: 'Rank hosts by how rare their values are among their siblings; a module, or an action of before',
  builder: (yargs: Argv) => {
    oddFlags(meshOptions(yargs)).positional('what', {
      type: 'string',
      describe: 'A module (its flags follow), or an action: a17'
    })
    for (const spec of MODULES) if (hasPrivate(spec)) yargs.command(moduleCommand(spec))
    return yargs
      .example('$0 odd file --path /etc/cron.d --name . -t role=web', 'Asks, and ranks the answers')
      .example('$0 odd a17 --column path', 'Ranks what was answered before')
  },
  handler: async (args: Args) => {
    const options = optionsOf(args)
    if (args['what'] === undefined)
      throw new GumshoeError(
        'usage',
        'Say what to rank: a MODULE with its flags and -t TARGET, or an action.',
        {
          fix: 'gumshoe odd file --path /etc/cron.d --name . -t role=web, or gumshoe odd a17.'
        }
      )
    mayBeAction(String(args['home']), String(args['what']))
    await inMesh(args as never, {}, async (connected, output) => {
      const record = await recordOf(connected, String(args['what']))
      const open = await openCase(connected, record.id, record)
      const result = shownCase(connected, open, record)
      showOdd(result, options, output)
      return statusOf(result, false)
    })
  }
}

const hasPrivate = ({ columns }: ModuleSpec): boolean =>
  Object.values(columns).some(({ secrecy }) => secrecy === 'private')
