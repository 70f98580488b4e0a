import { readFileSync } from 'node:fs'
import type { CommandModule } from 'yargs'
import { systemClock } from '../../src/clock.ts'
import { makeLog } from '../../src/log.ts'
import { keepMemoryFlat } from '../flat-memory.ts'
import { openCharter, readHome } from '../home.ts'

interface RunArgs {
  home: string
  charter?: string
  listen?: string[]
  verbose?: boolean
}

export const run: CommandModule<{ home: string }, RunArgs> = {
  command: 'run',
  describe: 'Run the bootstrap node in the foreground; SIGTERM stops it cleanly',
  builder: yargs =>
    yargs
      .option('charter', {
        type: 'string',
        describe: 'The charter file of an admin; needed at the first start only'
      })
      .option('listen', {
        string: true,
        array: true,
        describe: 'Where it listens this time, in the place of what init was told'
      })
      .option('verbose', { type: 'boolean', describe: 'Log everything' })
      .example('$0 run --charter acme.charter', 'The first start; later starts need no file'),
  handler: async ({ home, charter, listen, verbose }) => {
    const log = makeLog('gumshoe-bootstrap', verbose ? 'debug' : 'info')
    const node = { ...readHome(home), ...(listen && { listen }) }
    const chain = await openCharter(
      home,
      charter === undefined ? undefined : new Uint8Array(readFileSync(charter)),
      systemClock.now()
    )
    await keepMemoryFlat(systemClock)
    // The mesh is heavy; what is wrong with the home is said before it is loaded.
    const { startBootstrap } = await import('../node.ts')
    const running = await startBootstrap({ home, node, chain, clock: systemClock, log })
    if (!chain.current.charter.nodes.some(entry => entry.peer === node.identity.peer)) {
      log('warn', 'not-in-charter', {
        peer: node.identity.peer,
        fix: 'gumshoe mesh add bootstrap with the line of gumshoe-bootstrap init'
      })
    }
    log('info', 'ready', {
      peer: running.mesh.peer,
      addresses: running.mesh.addresses(),
      charter: chain.current.charter.version,
      documents: running.documents.count
    })
    await new Promise<void>(stop => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop())
    })
    await running.stop()
    log('info', 'stopped')
  }
}
