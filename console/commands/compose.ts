import { readFileSync } from 'node:fs'
import type { Argv } from 'yargs'
import type { Command } from '../../src/cli/command.ts'
import { limitOptions } from '../../src/cli/options.ts'
import { NAME_A_FILE, whyUnread } from '../../src/cli/unread.ts'
import { systemClock } from '../../src/clock.ts'
import { EXIT, GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { ask } from '../ask/ask.ts'
import type { Question } from '../ask/compose.ts'
import { type Composition, fromFlags, operationsFrom, readComposition } from '../ask/composition.ts'
import { draftIn, dropDraft, edit, isDraft, openEditor, template } from '../ask/edit.ts'
import { homeLayout } from '../home-layout.ts'
import { isTerminal } from './admin-context.ts'
import { followOptions, inMesh } from './common.ts'
import { askOptionsOf, questionOf, questionOptions } from './question.ts'

type Args = Record<string, unknown>

/** `gumshoe compose`: several operations in one action, from a file, an editor or flags. */
export const command: Command = {
  command: 'compose [file]',
  describe: 'Several questions in one action, signed once, one on the condition of another',
  builder: (yargs: Argv) => {
    yargs
      .positional('file', {
        type: 'string',
        describe: 'A JSON document with "operations" (comments allowed); - reads standard input'
      })
      .option('op', {
        type: 'string',
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "An operation: 'a: file --path /etc --name x'",
        group: 'Operations:'
      })
      .option('when', {
        type: 'string',
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "Only where one above found something: 'b: found(a)'",
        group: 'Operations:'
      })
      .option('edit', {
        type: 'boolean',
        describe: 'Write it in $VISUAL or $EDITOR',
        group: 'Operations:'
      })
    return followOptions(limitOptions(questionOptions(yargs)))
      .example(
        "$0 compose -t role=web --op 'a: file --path /etc --name ^x$' --op 'b: process --name ^y$' --when 'b: found(a)'",
        'b runs where a found something'
      )
      .example('$0 compose --edit', 'A template with help in it')
      .example('$0 compose inc-42.json --case INC-42', 'What stands in the file, and a case number')
      .epilogue('The grammar of targets: gumshoe help target. Flags go before what the document says.')
  },
  handler: async (args: Args) => {
    if (args['edit'] === true) return askEdited(args)
    const composition = await compositionOf(args)
    await askIt(args, questionIn(composition, args))
  }
}

/** A composition that was made elsewhere, asked as one from a file is. */
export const askComposition = async (args: Args, composition: Composition): Promise<void> =>
  void (await askIt(args, questionIn(composition, args)))

const askIt = async (args: Args, question: Question, canEdit = false): Promise<'edit' | 'done'> => {
  let asked = EXIT.complete as number | 'edit'
  await inMesh(args as never, { alone: true }, async (connected, output, signal) => {
    asked = await ask(connected, question, { ...askOptionsOf(args), canEdit, signal }, output)
    return asked === 'edit' ? EXIT.complete : asked
  })
  return asked === 'edit' ? 'edit' : 'done'
}

/** Edits, asks, and edits again where the preview says so; what was not asked waits for the next --edit. */
const askEdited = async (args: Args): Promise<void> => {
  if (!isTerminal())
    throw new GumshoeError('usage', 'There is no terminal to edit in.', {
      fix: 'Write the document to a file: gumshoe compose FILE.'
    })
  const { composition: file } = homeLayout(String(args['home']))
  const tell = (line: string) => void process.stderr.write(`${line}\n`)
  const begin = hasOperations(args)
    ? await writtenIn(args)
    : (draftIn(file) ?? template(args['target'] === undefined ? '' : String(args['target'])))
  for (let text = begin; ; ) {
    const edited = await edit(text, composition => void questionIn(composition, args), {
      file,
      open: openEditor,
      tell
    })
    if (edited === undefined) {
      const left = isDraft(file)
      if (!left) dropDraft(file)
      tell(`Nothing is asked.${left ? ' gumshoe compose --edit opens what was written again.' : ''}`)
      return
    }
    if ((await askIt(args, questionIn(edited.composition, args), true)) === 'done') {
      if (Number(process.exitCode ?? 0) === EXIT.complete) dropDraft(file)
      return
    }
    text = edited.text
  }
}

/** What a file says stays as it is, its comments too; what stands in flags becomes a document. */
const writtenIn = async (args: Args): Promise<string> => {
  const composition = args['op'] === undefined ? undefined : await compositionOf(args)
  return composition === undefined
    ? textOf(String(args['file']))
    : `${JSON.stringify(composition, null, 2)}\n`
}

const hasOperations = (args: Args): boolean => args['file'] !== undefined || args['op'] !== undefined

const compositionOf = async (args: Args): Promise<Composition> => {
  const ops = (args['op'] as string[] | undefined) ?? []
  const whens = (args['when'] as string[] | undefined) ?? []
  if (args['file'] !== undefined && ops.length + whens.length > 0)
    throw new GumshoeError('usage', 'Operations come from a file or by --op, not from both.')
  if (args['file'] !== undefined) return readComposition(textOf(String(args['file'])))
  if (ops.length === 0)
    throw new GumshoeError('usage', 'Say what to ask: a FILE, --op or --edit.', {
      fix: "gumshoe compose -t role=web --op 'a: file --path /etc --name ^x$', or gumshoe compose --edit."
    })
  return { operations: fromFlags(ops, whens) }
}

const textOf = (path: string): string => {
  try {
    const bytes = readFileSync(path === '-' ? 0 : path)
    if (bytes.length > LIMITS.actionBytes)
      throw new GumshoeError('too-large', `${path} is larger than any action.`)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    if (cause instanceof GumshoeError) throw cause
    throw new GumshoeError('usage', `${path} can't be read: ${whyUnread(cause)}.`, {
      cause,
      fix: `${NAME_A_FILE}, or - for standard input.`
    })
  }
}

/** Flags go before what the document says. */
const questionIn = (composition: Composition, args: Args): Question => {
  const { operations, level, ...rest } = composition
  const saysLevel = args['match'] === true || args['clear'] === true
  const levelFlags = saysLevel || level === undefined || level === 'hashed' ? {} : { [level]: true }
  const typed = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))
  return questionOf({ ...rest, ...levelFlags, ...typed }, (history, attachments) =>
    operationsFrom(operations, systemClock.now(), name => history.resolve(name).id, attachments)
  )
}
