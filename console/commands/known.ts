import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { CommandModule } from 'yargs'
import { count } from '../../src/cli/count.ts'
import { makeOutput, type Output } from '../../src/cli/out.ts'
import { NAME_A_FILE, whyUnread } from '../../src/cli/unread.ts'
import { systemClock } from '../../src/clock.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import { EXIT, GumshoeError } from '../../src/errors.ts'
import { peerNamed } from '../admin/named-host.ts'
import { type Dictionary, Gatherer } from '../answers/dictionary.ts'
import { knownHosts } from '../answers/hosts.ts'
import { wordsOf } from '../answers/learn.ts'
import { openCase } from '../answers/standing.ts'
import { ask } from '../ask/ask.ts'
import { fromFlags, operationsFrom } from '../ask/composition.ts'
import type { Connected } from '../connect.ts'
import { History, type HistoryRecord } from '../history.ts'
import { KnownWords } from '../known-words.ts'
import { shownCase } from '../shown-case.ts'
import { hostNamed } from '../views/host.ts'
import { moment } from '../views/words.ts'
import { type FollowArgs, followOptions, inMesh, waitOf } from './common.ts'
import { mayBeAction, recordOf } from './follow.ts'

interface AddArgs extends FollowArgs {
  from?: string
  host?: string
  file?: string[]
  op?: string[]
  reason?: string
  case?: string
  save?: string
  dryRun?: boolean
}

/** What is asked of a reference host where nothing else is: the names that stand in most answers. */
export const ORDINARY_QUESTIONS = [
  'file --path /etc --path /usr --depth 5 --name . --match-limit 10000',
  'process --name .',
  'package --name .',
  'persistence'
]

const add: CommandModule<FollowArgs, AddArgs> = {
  command: 'add [from] [host]',
  describe: 'Learn ordinary names: from a reference host, an answer in clear, or a list',
  builder: yargs =>
    followOptions(yargs)
      .positional('from', {
        type: 'string',
        describe: 'A host to ask in clear, or an action that was asked in clear: a7'
      })
      .positional('host', { type: 'string', describe: 'Of the action, only what this host answered' })
      .option('file', {
        string: true,
        array: true,
        nargs: 1,
        describe: 'A list, one path or name a line'
      })
      .option('op', {
        string: true,
        array: true,
        nargs: 1,
        describe:
          "What to ask the host: 'file --path /opt --name .'; its files, processes, packages and what starts by itself otherwise"
      })
      .option('reason', {
        type: 'string',
        describe: 'Why (sealed); the policy may want one',
        requiresArg: true
      })
      .option('case', { type: 'string', describe: 'Case number (sealed)', requiresArg: true })
      .option('save', { type: 'string', describe: 'Sign and save for a co-signer', requiresArg: true })
      .option('dry-run', { type: 'boolean', describe: 'Only the preview' })
      .example('$0 known add web-01 --reason "reference host"', 'Its ordinary names, asked in clear')
      .example('$0 known add a7 web-01', 'What web-01 has answered to a7 in clear')
      .example('$0 known add --file paths.txt', 'A list of your own'),
  handler: async args => {
    const { from, file = [] } = args
    if ((from === undefined) === (file.length === 0))
      throw new GumshoeError('usage', 'Say from where: a HOST, an action, or --file LIST.')
    if (from !== undefined) return addFromMesh(args, from)
    const output = makeOutput({ json: args.json })
    for (const path of file) keep(args.home, basename(path), listIn(path), output)
  }
}

const listIn = (path: string): Dictionary => {
  const gatherer = new Gatherer()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new GumshoeError('usage', `${path} can't be read: ${whyUnread(cause)}.`, {
      cause,
      fix: `${NAME_A_FILE}.`
    })
  }
  gatherer.addLines(text)
  return gatherer.words
}

const keep = (home: string, from: string, words: Dictionary, output: Output): void => {
  const number = words.components.length + words.values.length
  if (number === 0) throw new GumshoeError('not-found', `Nothing of ${from} is a private name in clear.`)
  const { name } = new KnownWords(home).add(from, words, systemClock.now())
  output.status(`${name}: ${count(number, 'word')} of ${from}. What stays dark now is none of them.`)
}

const addFromMesh = async (args: AddArgs, from: string): Promise<void> => {
  if (/^a\d+$/.test(from)) mayBeAction(args.home, from)
  return inMesh(args, {}, async (connected, output, signal) => {
    const { home } = connected.context
    const isAction = new History(home).find(from) !== undefined || /^(a\d+|[0-9a-f]{64})$/.test(from)
    if (isAction) {
      const record = await recordOf(connected, from)
      return learn(connected, record, args.host, output)
    }
    const peer = peerNamed(await knownHosts(connected), from)
    const ops = args.op ?? ORDINARY_QUESTIONS
    const attachments = new Map<string, Uint8Array>()
    const now = connected.context.clock.now()
    const question = {
      operations: operationsFrom(fromFlags(ops, []), now, name => name, attachments),
      attachments,
      target: parseTarget(`id=${peer}`),
      disclosure: 'clear' as const,
      limits: {},
      note: {
        ...(args.reason !== undefined && { reason: args.reason }),
        ...(args.case !== undefined && { case: args.case })
      }
    }
    const options = {
      yes: args.yes === true,
      dryRun: args.dryRun === true,
      detach: false,
      waitMs: waitOf(args),
      exitFound: false,
      signal,
      ...(args.save !== undefined && { save: args.save }),
      show: () => undefined
    }
    const before = new Set(new History(home).list().map(({ id }) => id))
    const status = await ask(connected, question, options, output)
    const record = new History(home).list().find(({ id }) => !before.has(id))
    if (status === 'edit' || record === undefined) return status === 'edit' ? EXIT.complete : status
    if (status === EXIT.left) return status
    return Math.max(status, await learn(connected, record, undefined, output))
  })
}

const learn = async (
  connected: Connected,
  record: HistoryRecord,
  host: string | undefined,
  output: Output
): Promise<number> => {
  const open = await openCase(connected, record.id, record)
  const result = shownCase(connected, open, record)
  const peer = host === undefined ? undefined : hostNamed(result, host).peer
  const those =
    peer === undefined ? open.file.answers() : open.file.answers().filter(one => one.peer === peer)
  const names = [...new Set(those.map(one => result.name(one.peer)))].sort()
  if (names.length === 0)
    throw new GumshoeError('not-found', `${record.short} has no answer to learn from yet.`, {
      fix: `gumshoe follow ${record.short}, then gumshoe known add ${record.short}.`
    })
  const from = `${names.slice(0, 4).join(' ')}${names.length > 4 ? ' …' : ''} (${record.short})`
  keep(connected.context.home, from, wordsOf(open, peer), output)
  return EXIT.complete
}

const list: CommandModule<FollowArgs, { home: string; json?: boolean }> = {
  command: 'list',
  describe: 'What was learnt, and from where',
  builder: yargs =>
    yargs.option('json', { type: 'boolean', describe: 'JSON Lines' }).example('$0 known list', ''),
  handler: ({ home, json }) => {
    const output = makeOutput({ json })
    const sources = new KnownWords(home).list()
    if (output.json) {
      for (const { name, from, at, components, values } of sources)
        output.record({
          type: 'known',
          name,
          from,
          at: new Date(at).toISOString(),
          components: components.length,
          values: values.length
        })
      return
    }
    if (sources.length === 0) output.status('Nothing yet: gumshoe known add --help.')
    else
      output.table(
        ['source', 'from', 'path parts', 'values', 'since'],
        sources.map(({ name, from, at, components, values }) => [
          name,
          from,
          String(components.length),
          String(values.length),
          `${moment(at, systemClock.now())} UTC`
        ])
      )
  }
}

const forget: CommandModule<FollowArgs, { home: string; source: string[] }> = {
  command: 'forget <source..>',
  describe: 'Unlearn what came from a source',
  builder: yargs =>
    yargs
      .positional('source', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'k1, as known list names it'
      })
      .example('$0 known forget k1', ''),
  handler: ({ home, source }) => {
    const known = new KnownWords(home)
    for (const name of source) known.forget(name)
  }
}

/** `gumshoe known` */
export const command: CommandModule<FollowArgs, FollowArgs> = {
  command: 'known <what>',
  describe: 'Ordinary names that make hashed answers readable: what stays dark is what is odd',
  builder: yargs =>
    yargs
      .command(add)
      .command(list)
      .command(forget)
      .demandCommand(1, 'Say what: add, list or forget.')
      .example('$0 known add web-01 --reason "reference host"', ''),
  handler: () => undefined
}
