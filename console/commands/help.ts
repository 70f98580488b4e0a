import type { Command } from '../../src/cli/command.ts'
import { nearest } from '../../src/cli/nearest.ts'
import { resultSink } from '../../src/cli/out.ts'
import { orMeant, runProgram } from '../../src/cli/program.ts'
import { nameOf, shapeAt } from '../../src/cli/shape.ts'
import { GumshoeError } from '../../src/errors.ts'
import { targetHelp } from '../views/target-help.ts'

/** `gumshoe help [topic]`: a command, a module, or the grammar of targets. */
export const helpCommand = (commands: () => readonly Command[]): Command => ({
  command: 'help [topic..]',
  describe: 'Help on a command or a module; help target: the grammar of targets',
  builder: yargs =>
    yargs
      .positional('topic', { type: 'string', array: true, default: [] })
      .example('$0 help file', 'The flags of a module')
      .example('$0 help target', 'How hosts are named'),
  handler: async args => {
    const topic = args['topic'] as string[]
    const shape = shapeAt(commands(), topic)
    const known = topic[0] === 'target' ? ['target'] : (shape?.path.split(' ') ?? [])
    const unknown = topic[known.length]
    if (unknown !== undefined) {
      const names = known.length === 0 ? [...commands().map(nameOf), 'target'] : (shape?.commands ?? [])
      throw new GumshoeError(
        'usage',
        `There is no help on ${[...known, unknown].join(' ')}${orMeant(nearest(unknown, names))}`,
        { fix: 'gumshoe help lists the commands; gumshoe modules what can be asked.' }
      )
    }
    if (topic[0] === 'target') {
      for (const line of targetHelp()) resultSink().write(`${line}\n`)
      return
    }
    process.exitCode = await runProgram('gumshoe', [...topic, '--help'], commands())
  }
})
