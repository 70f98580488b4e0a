import { writeFileSync } from 'node:fs'
import type { Argv } from 'yargs'
import type { Command } from '../../src/cli/command.ts'
import { tellError } from '../../src/cli/exit.ts'
import { limitOptions } from '../../src/cli/options.ts'
import { makeOutput, type Output, paint } from '../../src/cli/out.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { systemClock } from '../../src/clock.ts'
import { EXIT, GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import type { Composition } from '../ask/composition.ts'
import { importMigAction } from '../mig/import-action.ts'
import { readShort } from '../read-short.ts'
import { followOptions } from './common.ts'
import { askComposition } from './compose.ts'
import { questionOptions } from './question.ts'

type Args = Record<string, unknown>

/** `gumshoe import mig FILE…`: actions of Mozilla InvestiGator as compositions, printed, written or asked. */
const mig: Command = {
  command: 'mig <file..>',
  describe: 'Actions of Mozilla InvestiGator (MIG), of its syntax version 2',
  builder: (yargs: Argv) => {
    yargs
      .positional('file', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'An action in JSON; - reads standard input'
      })
      .option('out', {
        alias: 'o',
        type: 'string',
        describe: 'Write it to a file, as gumshoe compose takes it, and ask nothing',
        requiresArg: true
      })
    return followOptions(limitOptions(questionOptions(yargs)))
      .describe('target', 'Which hosts, in the place of what the action says in SQL')
      .example('$0 import mig shellshock_iocs.json', 'Previews it, and asks')
      .example('$0 import mig old.json -t os=linux --case INC-42', 'Our own target in the place of the SQL')
      .example(
        '$0 import mig old.json --json > q.json && $0 compose q.json',
        'What it became, and then asked'
      )
      .epilogue('docs/mig.md says, for who comes from MIG, what is taken and what is other.')
  },
  handler: async (args: Args) => {
    const output = makeOutput({ json: args['json'] === true })
    const files = (args['file'] as unknown[]).map(String)
    if (args['out'] !== undefined && files.length > 1)
      throw new GumshoeError('usage', 'One action goes into one file.', {
        fix: '--json prints a line for each.'
      })
    // All are read before the first is asked.
    const all = files.map(file => imported(file, args, output))
    if (args['out'] !== undefined) return writeNew(String(args['out']), all[0]!, output)
    if (output.json) {
      for (const composition of all) output.line(safeJson(composition))
      return
    }
    process.exitCode = await askEach(all, files, args, output)
  }
}

/**
 * One after the other. Of several, one that nobody is meant by or that the policy refuses keeps none of the others back;
 * where it ends early, what was not asked is named.
 */
const askEach = async (
  all: readonly Composition[],
  files: readonly string[],
  args: Args,
  output: Output
): Promise<number> => {
  const notAsked = (from: number) => {
    const rest = files.slice(from).map(safeText)
    if (rest.length > 0 && all.length > 1) output.status(`Not asked: ${rest.join(', ')}`)
  }
  let worst: number = EXIT.complete
  for (const [i, composition] of all.entries()) {
    if (all.length > 1) output.status(`${safeText(files[i]!)}: ${i + 1} of ${all.length}`)
    try {
      await askComposition(args, composition)
      worst = Math.max(worst, Number(process.exitCode ?? 0))
    } catch (error) {
      const own =
        error instanceof GumshoeError && [EXIT.nobody, EXIT.policy].some(exit => exit === error.exit)
      if (!own || all.length === 1) {
        notAsked(i)
        throw error
      }
      worst = Math.max(worst, tellError(error))
    }
    if (worst === EXIT.left) {
      notAsked(i + 1)
      break
    }
  }
  return worst
}

/** `gumshoe import` */
export const command: Command = {
  command: 'import <format>',
  describe: 'Ask what was written for another system: actions of MIG',
  builder: (yargs: Argv) =>
    yargs
      .demandCommand(1, 'Say which: gumshoe import mig FILE.')
      .command(mig)
      .example('$0 import mig old.json', ''),
  handler: () => undefined
}

const imported = (file: string, args: Args, output: Output): Composition => {
  const target = args['target'] === undefined ? undefined : String(args['target'])
  const text = readShort(file, LIMITS.migActionBytes)
  try {
    const { composition, warnings } = importMigAction(text, systemClock.now(), target)
    for (const warning of warnings)
      output.status(paint(output, 'yellow', `${safeText(file)}: ${safeText(warning)}`))
    return composition
  } catch (error) {
    if (!(error instanceof GumshoeError)) throw error
    throw new GumshoeError(error.code, `${file}: ${error.message}`, { cause: error, fix: error.fix })
  }
}

/** What a stranger wrote, without a character that does something to a terminal. */
const safeJson = (composition: Composition): string =>
  JSON.stringify(composition).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, character =>
    character
      .split('')
      .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('')
  )

const writeNew = (path: string, composition: Composition, output: Output): void => {
  try {
    writeFileSync(path, `${JSON.stringify(composition, null, 2)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw new GumshoeError('usage', `${path} is there already; nothing was written.`, {
      cause,
      fix: 'Name another file: -o FILE, or remove it.'
    })
  }
  output.status(`${path} is written; next: gumshoe compose ${path}`)
}
