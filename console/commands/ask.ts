import type { Argv } from 'yargs'
import type { Command } from '../../src/cli/command.ts'
import { LIMIT_FLAGS, limitOptions, limitsFrom, moduleOptions, paramsFrom } from '../../src/cli/options.ts'
import { runProgram } from '../../src/cli/program.ts'
import { systemClock } from '../../src/clock.ts'
import { parseQuestionTarget } from '../../src/documents/target/parse.ts'
import type { Disclosure } from '../../src/documents/vocabulary.ts'
import { EXIT, GumshoeError } from '../../src/errors.ts'
import { type ModuleSpec, moduleId } from '../../src/modules/spec.ts'
import { parseDuration } from '../admin/duration.ts'
import { ask } from '../ask/ask.ts'
import type { Question } from '../ask/compose.ts'
import { History } from '../history.ts'
import { parseLine, quoteWord } from '../prompt/words.ts'
import { askLine } from './admin-context.ts'
import { ceilingOf, followOptions, inMesh, waitOf } from './common.ts'

/** `gumshoe MODULE … -t TARGET`: the flags of a module come from its spec. */
export const askCommand = (spec: ModuleSpec): Command => ({
  command: spec.name,
  describe: spec.sentence,
  builder: (yargs: Argv) => {
    moduleOptions(yargs, spec)
      .option('target', {
        alias: 't',
        type: 'string',
        describe: 'Which hosts: "role=web and not env=dev"; "all" for everyone; needed',
        group: 'Question:',
        requiresArg: true
      })
      .option('match', {
        type: 'boolean',
        describe: 'Only verdict and counts',
        group: 'Question:',
        conflicts: 'clear'
      })
      .option('clear', {
        type: 'boolean',
        describe: 'Values in clear, where the policy lets your quorum',
        group: 'Question:'
      })
      .option('case', {
        type: 'string',
        describe: 'Case number (sealed)',
        group: 'Question:',
        requiresArg: true
      })
      .option('title', { type: 'string', describe: 'Title (sealed)', group: 'Question:', requiresArg: true })
      .option('reason', {
        type: 'string',
        describe: 'Why (sealed); needed for clear and reveal',
        group: 'Question:',
        requiresArg: true
      })
      .option('purpose', {
        type: 'string',
        describe: 'What the owner of a host may know',
        group: 'Question:',
        requiresArg: true
      })
      .option('expires', {
        type: 'string',
        describe: 'How long the question stays open: 24h, 7d',
        group: 'Question:',
        requiresArg: true
      })
      .option('ceiling', {
        type: 'string',
        describe: 'The part of the fleet that may run it: 5%',
        group: 'Question:',
        requiresArg: true
      })
      .option('widens', {
        type: 'string',
        describe: 'The narrower action that this one widens',
        group: 'Question:',
        requiresArg: true
      })
      .option('dry-run', { type: 'boolean', describe: 'Only the preview', group: 'Question:' })
      .option('save', {
        type: 'string',
        describe: 'Sign and save for a co-signer instead of sending',
        group: 'Question:',
        requiresArg: true
      })
      .option('detach', { type: 'boolean', describe: 'Do not wait for answers', group: 'Question:' })
    followOptions(limitOptions(yargs)).epilogue('The grammar of targets: gumshoe help target.')
    for (const { title, argv } of spec.examples)
      yargs.example(`$0 ${spec.name} ${argv.map(quoteWord).join(' ')} -t role=web`, title)
    return yargs
  },
  handler: async (args: Record<string, unknown>) => {
    const question = questionOf(spec, args)
    const options = {
      yes: args['yes'] === true,
      dryRun: args['dryRun'] === true,
      detach: args['detach'] === true,
      waitMs: waitOf(args as never),
      exitFound: args['exitFound'] === true,
      tryHere: [spec.name, ...flagsOf(Object.keys(spec.flags), args)],
      canEdit: true,
      ...(args['save'] !== undefined && { save: String(args['save']) })
    }
    let wantsEdit = false
    await inMesh(args as never, { alone: true }, async (connected, output, signal) => {
      const asked = await ask(connected, question, { ...options, signal }, output)
      wantsEdit = asked === 'edit'
      return asked === 'edit' ? EXIT.complete : asked
    })
    if (wantsEdit) await askAgain(spec, args)
  }
})

/** What was typed, as words that can be typed again. */
const flagsOf = (names: readonly string[], args: Record<string, unknown>): string[] =>
  names.flatMap(name =>
    [args[name] ?? []].flat().flatMap(value => {
      if (value === false) return []
      return value === true ? [`--${name}`] : [`--${name}=${String(value)}`]
    })
  )

const QUESTION_FLAGS =
  'target match clear case title reason purpose expires ceiling widens save detach wait exit-found json key gpg'.split(
    ' '
  )

/** Puts the question back on the line to be edited, and asks what comes of it. */
const askAgain = async (spec: ModuleSpec, args: Record<string, unknown>): Promise<void> => {
  const names = [...Object.keys(spec.flags), ...QUESTION_FLAGS, ...Object.keys(LIMIT_FLAGS)]
  const typed = flagsOf(names, args).map(word =>
    word.replace(/^(--[a-z0-9-]+=)?(.*)$/s, (_, flag = '', value) => flag + quoteWord(value))
  )
  const before = [spec.name, ...typed].join(' ')
  const line = (await askLine('edit> ', before)).trim()
  if (line === '') return
  const { COMMANDS } = await import('./index.ts')
  process.exitCode = await runProgram(
    'gumshoe',
    ['--home', String(args['home']), ...parseLine(line).words],
    COMMANDS
  )
}

const text = (args: Record<string, unknown>, name: string): string | undefined =>
  args[name] === undefined ? undefined : String(args[name])

/** What was typed → what is meant. Throws `usage`, `bad-target`, `bad-params` before anything is asked of the network. */
const questionOf = (spec: ModuleSpec, args: Record<string, unknown>): Question => {
  const typed = text(args, 'target')
  if (typed === undefined)
    throw new GumshoeError('bad-target', 'Say which hosts: -t is missing.', {
      fix: '-t role=web, or -t all for everyone. gumshoe help target.'
    })
  const history = new History(String(args['home']))
  const { target, condition } = parseQuestionTarget(
    typed.replace(/\b(found|answered)\((a\d+)\)/g, (_, when, name) => `${when}(${history.resolve(name).id})`)
  )
  const params = paramsFrom(spec, args, systemClock.now()) as Record<string, unknown>
  const note = Object.fromEntries(
    ['title', 'case', 'reason'].flatMap(name =>
      args[name] === undefined ? [] : [[name, String(args[name])]]
    )
  )
  const disclosure: Disclosure = args['clear'] ? 'clear' : args['match'] ? 'match' : 'hashed'
  const ceilingPpm = ceilingOf(text(args, 'ceiling'))
  const purpose = text(args, 'purpose')
  const expires = text(args, 'expires')
  const widens = text(args, 'widens')
  return {
    operations: [{ id: 'o1', module: moduleId(spec), params, ...(condition && { condition }) }],
    target,
    disclosure,
    limits: limitsFrom(args),
    note,
    ...(expires !== undefined && { expiresMs: parseDuration(expires, '--expires') }),
    ...(ceilingPpm !== undefined && { ceilingPpm }),
    ...(purpose !== undefined && { purpose }),
    ...(widens !== undefined && { widens: history.resolve(widens).id })
  }
}
