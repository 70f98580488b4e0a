import type { CommandModule } from 'yargs'
import { addressLine, initHome } from '../home.ts'

interface InitArgs {
  home: string
  name: string
  listen: string[]
  announce: string[]
}

export const init: CommandModule<{ home: string }, InitArgs> = {
  command: 'init',
  describe: 'Make the identity of a bootstrap node and print its address line, which the charter needs',
  builder: yargs =>
    yargs
      .option('name', {
        type: 'string',
        demandOption: true,
        describe: 'Its name in the charter: a-z 0-9 . _ -'
      })
      .option('listen', {
        string: true,
        array: true,
        default: ['/ip4/0.0.0.0/tcp/7070'],
        describe: 'Where it listens'
      })
      .option('announce', {
        string: true,
        array: true,
        default: [],
        describe: 'How others reach it, where that differs: /dns4/gum1.example.org/tcp/7070'
      })
      .example(
        '$0 init --name b1 --announce /dns4/gum1.example.org/tcp/7070',
        'Then hand the printed line to an admin'
      ),
  handler: ({ home, name, listen, announce }) => {
    const node = initHome(home, { name, listen, announce })
    process.stdout.write(`${addressLine(node)}\n`)
    process.stderr.write(
      'Give this line to an admin: gumshoe mesh create NAME … --bootstrap LINE, or gumshoe mesh add bootstrap LINE.\nThen: gumshoe-bootstrap run --charter FILE with the file that the admin gives back.\n'
    )
    if (announce.length === 0 && listen.some(address => address.includes('/0.0.0.0/'))) {
      process.stderr.write(
        `Note: 0.0.0.0 is no address that others can dial: remove ${home}, and init again with --announce /ip4/…/tcp/… or /dns4/….\n`
      )
    }
  }
}
