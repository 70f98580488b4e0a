import { readFileSync, writeFileSync } from 'node:fs'
import type { CommandModule } from 'yargs'
import { decodeCharterFile, encodeCharterFile } from '../../src/documents/charter-file.ts'
import { joinHome } from '../admin/join-home.ts'
import { requireChain } from '../admin/mesh-home.ts'
import { showMesh } from '../admin/show-mesh.ts'
import { type AdminArgs, adminContext, adminOptions } from './admin-context.ts'
import { add, policy, revokeCommand } from './mesh-change.ts'
import { create } from './mesh-create.ts'

interface ShowArgs extends AdminArgs {
  out?: string
}

const show: CommandModule<AdminArgs, ShowArgs> = {
  command: 'show',
  describe: 'The charter in words, and what ends within 30 days',
  builder: yargs =>
    adminOptions(yargs)
      .option('out', {
        alias: 'o',
        type: 'string',
        describe: 'Also write the charter file, for a new person or node'
      })
      .example('$0 mesh show -o acme.charter', 'then, at the other side: gumshoe mesh join acme.charter'),
  handler: async args => {
    const context = adminContext(args)
    if (args.out !== undefined) await context.refresh()
    // Before the screen, whose reader may go away: `gumshoe mesh show -o F | head`.
    if (args.out !== undefined) {
      const chain = await requireChain(args.home, context.clock.now())
      writeFileSync(args.out, encodeCharterFile(chain.envelopes()))
    }
    await showMesh(context)
    if (args.out !== undefined) context.tell(`The charter file is in ${args.out}; it is no secret.`)
  }
}

interface JoinArgs extends AdminArgs {
  file: string
}

const join: CommandModule<AdminArgs, JoinArgs> = {
  command: 'join <file>',
  describe: 'Take the charter file of an admin into this home',
  builder: yargs =>
    adminOptions(yargs)
      .positional('file', { type: 'string', demandOption: true, describe: 'NAME.charter' })
      .example('$0 mesh join acme.charter', 'then compare the mesh id with an admin, by voice'),
  handler: async args => {
    const context = adminContext(args)
    const file = decodeCharterFile(new Uint8Array(readFileSync(args.file)))
    await joinHome(context, file)
  }
}

const push: CommandModule<AdminArgs, AdminArgs> = {
  command: 'push',
  describe: 'Hand the charter of this home to the mesh, where that failed before',
  builder: yargs => adminOptions(yargs).example('$0 mesh push', ''),
  handler: async args => {
    const context = adminContext(args)
    const chain = await requireChain(args.home, context.clock.now())
    await context.publish(chain.envelopes())
    context.tell(`Charter version ${chain.current.charter.version} is with the bootstrap nodes.`)
  }
}

/** `gumshoe mesh …` */
export const command: CommandModule<AdminArgs, AdminArgs> = {
  command: 'mesh <verb>',
  describe: 'Make and change a mesh: its persons, nodes, policy and revocations',
  builder: yargs =>
    yargs
      .command(create)
      .command(show)
      .command(join)
      .command(add)
      .command(policy)
      .command(revokeCommand)
      .command(push)
      .demandCommand(1, 'Say what to do: create, show, join, add, policy, revoke or push.'),
  handler: () => {}
}
