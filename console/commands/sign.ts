import type { CommandModule } from 'yargs'
import { bytesToSign, signSaved } from '../admin/sign-saved.ts'
import { type AdminArgs, adminContext, adminOptions } from './admin-context.ts'

interface SignArgs extends AdminArgs {
  file: string
  bytes: boolean
  signature?: string
  out?: string
}

/** `gumshoe sign` */
export const command: CommandModule<AdminArgs, SignArgs> = {
  command: 'sign <file>',
  describe: 'Show what another person saved (an action, a charter, a grant) and add your signature',
  builder: yargs =>
    adminOptions(yargs)
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: 'As gumshoe --save, mesh or enrol wrote it'
      })
      .option('bytes', {
        type: 'boolean',
        default: false,
        describe: 'Only write the bytes that are signed, for plain gpg'
      })
      .option('signature', {
        type: 'string',
        describe: 'Add a signature that gpg --detach-sign made of those bytes'
      })
      .option('out', {
        alias: 'o',
        type: 'string',
        describe: 'Where the finished charter or enrolment file goes'
      })
      .example('$0 sign q.saved', 'shows it in words, asks, signs')
      .example(
        '$0 sign q.saved --bytes > q; gpg --detach-sign q; $0 sign q.saved --signature q.sig',
        'the same with plain gpg'
      ),
  handler: async args => {
    if (args.bytes) {
      process.stdout.write(bytesToSign(args.file))
      return
    }
    await signSaved(adminContext(args), {
      file: args.file,
      ...(args.signature !== undefined && { signature: args.signature }),
      ...(args.out !== undefined && { out: args.out })
    })
  }
}
