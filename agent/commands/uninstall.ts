import { createInterface } from 'node:readline/promises'
import type { CommandModule } from 'yargs'
import { makeOutput } from '../../src/cli/out.ts'
import { GumshoeError } from '../../src/errors.ts'
import { EXECUTABLE, USER } from '../install/files.ts'
import { type Done, removeFile, removeHome, removeUser } from '../install/host.ts'
import { installedInits, serviceFor } from '../install/service.ts'
import { systemTools } from '../install/tools.ts'
import { homeMeant, requireRoot } from './install.ts'

export const uninstall: CommandModule<{ home: string }, { home: string; yes?: boolean }> = {
  command: 'uninstall',
  describe: 'Remove the service, the user, the executable and the home with its ledger: nothing stays',
  builder: yargs =>
    yargs
      .option('yes', { alias: 'y', type: 'boolean', describe: 'Do not ask' })
      .example('sudo $0 uninstall', 'Then ask an admin to revoke the host: gumshoe mesh revoke agent'),
  handler: async ({ home: said, yes }) => {
    const home = homeMeant(said)
    requireRoot(home)
    if (!yes) await confirm(home)
    const { status } = makeOutput({})
    const tell = (what: string, done: Done) => status(`${what}: ${done}`)
    for (const init of installedInits()) {
      const service = serviceFor(init, { argv: [], home }, systemTools)
      service.stop()
      service.disable()
      tell(service.file.path, removeFile(service.file.path))
      // Links of a script go when the script has gone; what systemd remembers likewise.
      service.disable()
      for (const path of service.leaves) removeFile(path)
    }
    tell(home, removeHome(home))
    tell(`user ${USER}`, removeUser(systemTools))
    tell(EXECUTABLE, removeFile(EXECUTABLE))
  }
}

const confirm = async (home: string): Promise<void> => {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new GumshoeError('usage', 'Nobody can be asked here.', { fix: 'Add --yes.' })
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(
    `This removes the agent with its identity and the ledger in ${home}. Go on? [y/N] `
  )
  terminal.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new GumshoeError('usage', 'Nothing was removed.')
}
