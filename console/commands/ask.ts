import type { Argv } from 'yargs'
import type { Command } from '../../src/cli/command.ts'
import { briefOf, moduleUsage } from '../../src/cli/module-help.ts'
import { LIMIT_FLAGS, limitOptions, moduleOptions, paramsInto } from '../../src/cli/options.ts'
import { runProgram } from '../../src/cli/program.ts'
import { systemClock } from '../../src/clock.ts'
import { EXIT } from '../../src/errors.ts'
import { type ModuleSpec, moduleId, type Secrecy } from '../../src/modules/spec.ts'
import { ask } from '../ask/ask.ts'
import { parseLine, quoteWord } from '../prompt/words.ts'
import { askLine } from './admin-context.ts'
import { followOptions, inMesh } from './common.ts'
import { askOptionsOf, QUESTION_FLAGS, questionOf, questionOptions } from './question.ts'

/** `gumshoe MODULE … -t TARGET`: the flags of a module come from its spec. What is edited may become any of all commands. */
export const askCommand = (spec: ModuleSpec, all: () => readonly Command[]): Command => ({
  command: spec.name,
  describe: briefOf(spec),
  builder: (yargs: Argv) => {
    questionOptions(moduleOptions(moduleUsage(yargs, `gumshoe ${spec.name} … -t TARGET`, spec), spec))
    followOptions(limitOptions(yargs)).epilogue(
      `${answersOf(spec)}\nThe grammar of targets: gumshoe help target.`
    )
    for (const { title, argv } of spec.examples)
      yargs.example(`$0 ${spec.name} ${argv.map(quoteWord).join(' ')} -t role=web`, title)
    return yargs
  },
  handler: async (args: Record<string, unknown>) => {
    const question = questionOf(args, (_, attachments) => [
      { id: 'o1', module: moduleId(spec), params: paramsInto(attachments, spec, args, systemClock.now()) }
    ])
    const options = {
      ...askOptionsOf(args),
      tryHere: [spec.name, ...flagsOf(Object.keys(spec.flags), args)],
      canEdit: true
    }
    let wantsEdit = false
    await inMesh(args as never, { alone: true }, async (connected, output, signal) => {
      const asked = await ask(connected, question, { ...options, signal }, output)
      wantsEdit = asked === 'edit'
      return asked === 'edit' ? EXIT.complete : asked
    })
    if (wantsEdit) await askAgain(spec, args, all())
  }
})

/** What comes back, by what leaves a host at `hashed`. */
const answersOf = ({ columns }: ModuleSpec): string => {
  const of = (secrecy: Secrecy) =>
    Object.keys(columns)
      .filter(name => columns[name]!.secrecy === secrecy)
      .join(', ')
  const parts = [
    of('plain'),
    of('private') && `as ⟨⟩: ${of('private')}`,
    of('guessable') && `which of your own literals matched: ${of('guessable')}`
  ]
  return `Answers: ${parts.filter(Boolean).join(' | ')}`
}

/** What was typed, as words that can be typed again. */
const flagsOf = (names: readonly string[], args: Record<string, unknown>): string[] =>
  names.flatMap(name =>
    [args[name] ?? []].flat().flatMap(value => {
      if (value === false) return []
      return value === true ? [`--${name}`] : [`--${name}=${String(value)}`]
    })
  )

/** Puts the question back on the line to be edited, and asks what comes of it. */
const askAgain = async (
  spec: ModuleSpec,
  args: Record<string, unknown>,
  all: readonly Command[]
): Promise<void> => {
  const names = [...Object.keys(spec.flags), ...QUESTION_FLAGS, ...Object.keys(LIMIT_FLAGS)]
  const typed = flagsOf(names, args).map(word =>
    word.replace(/^(--[a-z0-9-]+=)?(.*)$/s, (_, flag = '', value) => flag + quoteWord(value))
  )
  const before = [spec.name, ...typed].join(' ')
  const line = (await askLine('edit> ', before)).trim()
  if (line === '') return
  process.exitCode = await runProgram(
    'gumshoe',
    ['--home', String(args['home']), ...parseLine(line).words],
    all
  )
}
