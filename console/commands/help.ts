import { nearest } from '../../src/cli/nearest.ts'
import { resultSink } from '../../src/cli/out.ts'
import { type Command, runProgram } from '../../src/cli/program.ts'
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
    if (topic[0] === 'target') {
      for (const line of targetHelp()) resultSink().write(`${line}\n`)
      return
    }
    const [first] = topic
    if (first !== undefined && shapeAt(commands(), topic) === undefined) {
      const meant = nearest(first, [...commands().map(nameOf), 'target'])
      throw new GumshoeError(
        'usage',
        `There is no help on ${first}${meant ? `; did you mean ${meant}?` : '.'}`,
        { fix: 'gumshoe help lists the commands; gumshoe modules what can be asked.' }
      )
    }
    process.exitCode = await runProgram('gumshoe', [...topic, '--help'], commands())
  }
})
