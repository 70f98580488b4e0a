import type { Argv } from 'yargs'
import { limitsFrom } from '../../src/cli/options.ts'
import type { Operation } from '../../src/documents/action.ts'
import { parseQuestionTarget } from '../../src/documents/target/parse.ts'
import type { Disclosure } from '../../src/documents/vocabulary.ts'
import { GumshoeError } from '../../src/errors.ts'
import { parseDuration } from '../admin/duration.ts'
import type { AskOptions } from '../ask/ask.ts'
import type { Question } from '../ask/compose.ts'
import { History } from '../history.ts'
import { ceilingOf, waitOf } from './common.ts'

/** What every question may be told, whatever it asks: whom, at which level, why, for how long. */
export const questionOptions = <T>(yargs: Argv<T>) =>
  yargs
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

/** The same, and how it is followed, as they are typed again. */
export const QUESTION_FLAGS =
  'target match clear case title reason purpose expires ceiling widens save detach wait exit-found json key gpg'.split(
    ' '
  )

type Args = Record<string, unknown>

const text = (args: Args, name: string): string | undefined =>
  args[name] === undefined ? undefined : String(args[name])

/** How it is asked; `signal` and what the preview offers come beside it. */
export const askOptionsOf = (args: Args): Omit<AskOptions, 'signal'> => ({
  yes: args['yes'] === true,
  dryRun: args['dryRun'] === true,
  detach: args['detach'] === true,
  waitMs: waitOf(args as never),
  exitFound: args['exitFound'] === true,
  ...(args['save'] !== undefined && { save: String(args['save']) })
})

/**
 * What was typed → what is meant. Throws `usage`, `bad-target`, `bad-params` before anything is asked of the network. A
 * condition in the target is one of every operation that has none.
 */
export const questionOf = (
  args: Args,
  operationsOf: (history: History, attachments: Map<string, Uint8Array>) => readonly Operation[]
): Question => {
  const typed = text(args, 'target')
  if (typed === undefined)
    throw new GumshoeError('bad-target', 'Say which hosts: -t is missing.', {
      fix: '-t role=web, or -t all for everyone. gumshoe help target.'
    })
  const history = new History(String(args['home']))
  const { target, condition } = parseQuestionTarget(
    typed.replace(/\b(found|answered)\((a\d+)\)/g, (_, when, name) => `${when}(${history.resolve(name).id})`)
  )
  const attachments = new Map<string, Uint8Array>()
  const operations = operationsOf(history, attachments).map(operation => withCondition(operation, condition))
  const note = Object.fromEntries(
    // The last two come with a document, never with a flag.
    ['title', 'case', 'reason', 'description', 'threat'].flatMap(name =>
      args[name] === undefined ? [] : [[name, String(args[name])]]
    )
  )
  const disclosure: Disclosure = args['clear'] ? 'clear' : args['match'] ? 'match' : 'hashed'
  const ceilingPpm = ceilingOf(text(args, 'ceiling'))
  const purpose = text(args, 'purpose')
  const expires = text(args, 'expires')
  const widens = text(args, 'widens')
  return {
    operations,
    attachments,
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

/** What depends on an operation above depends on that one's condition too. */
const withCondition = (
  operation: Operation,
  condition: ReturnType<typeof parseQuestionTarget>['condition']
): Operation => {
  if (condition === undefined) return operation
  const own = operation.condition
  if (own === undefined)
    return { ...operation, condition: { when: condition.when, action: condition.action } }
  if ('op' in own) return operation
  throw new GumshoeError(
    'usage',
    `Operation ${operation.id} has a condition, and the target names another.`,
    {
      fix: 'An operation has one condition: leave out one of the two.'
    }
  )
}
