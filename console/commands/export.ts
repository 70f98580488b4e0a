import { closeSync, openSync, writeSync } from 'node:fs'
import type { CommandModule } from 'yargs'
import { makeOutput } from '../../src/cli/out.ts'
import { EXIT, GumshoeError } from '../../src/errors.ts'
import { openCase } from '../answers/standing.ts'
import { shownCase } from '../shown-case.ts'
import { recordResult } from '../views/result-json.ts'
import { inMesh, type MeshArgs, meshOptions } from './common.ts'
import { mayBeAction, recordOf } from './follow.ts'

interface ExportArgs extends MeshArgs {
  action: string
  out?: string
}

/** `gumshoe export` */
export const command: CommandModule<MeshArgs, ExportArgs> = {
  command: 'export <action>',
  describe: 'Write a result to a file of your own (0600), as JSON Lines',
  builder: yargs =>
    meshOptions(yargs)
      .positional('action', { type: 'string', demandOption: true, describe: 'a17, or an id' })
      .option('out', {
        alias: 'o',
        type: 'string',
        describe: 'Where to; a17.jsonl otherwise',
        requiresArg: true
      })
      .example('$0 export a17 -o inc-42.jsonl', 'docs/json-lines.md says what is in it'),
  handler: args => {
    if (args.out === '-')
      throw new GumshoeError('usage', '-o - is no file.', {
        fix: `gumshoe show ${args.action} --json prints the same lines.`
      })
    mayBeAction(args.home, args.action)
    return inMesh(args, {}, async (connected, output) => {
      const record = await recordOf(connected, args.action)
      const open = await openCase(connected, record.id, record)
      const result = shownCase(connected, open, record)
      const path = args.out ?? `${record.short}.jsonl`
      const file = openNew(path)
      let lines = 0
      const sink = {
        write: (text: string | Uint8Array) => {
          lines++
          writeSync(file, String(text))
          return true
        },
        isTTY: false,
        columns: 0
      }
      try {
        recordResult(result, makeOutput({ json: true }, { out: sink, err: sink, environment: {} }))
      } finally {
        closeSync(file)
      }
      output.status(`${lines} lines in ${path}: hosts, values, rows and how it ended.`)
      return EXIT.complete
    })
  }
}

const openNew = (path: string): number => {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    const fix = 'Name another file: -o FILE, or remove it.'
    throw new GumshoeError('usage', `${path} is there already; nothing was written.`, { cause, fix })
  }
}
