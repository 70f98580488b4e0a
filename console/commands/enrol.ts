import type { CommandModule } from 'yargs'
import { LIMITS } from '../../src/limits.ts'
import { parseDuration } from '../admin/duration.ts'
import { enrol, personaliseFrom } from '../admin/enrol.ts'
import { type AdminArgs, adminContext, adminOptions } from './admin-context.ts'

interface EnrolArgs extends AdminArgs {
  tag: string[]
  expires?: string
  max: number
  leaf: boolean
  out?: string
  binary?: string
  from?: string
}

/** `gumshoe enrol` */
export const command: CommandModule<AdminArgs, EnrolArgs> = {
  command: 'enrol',
  describe: 'Make the one file that an admin gives to hosts: their tags, until when, for how many',
  builder: yargs =>
    adminOptions(yargs)
      .option('tag', {
        string: true,
        array: true,
        nargs: 1,
        default: [],
        describe: 'key=value; tags come from here and nowhere else'
      })
      .option('expires', { type: 'string', describe: 'Last moment for a host to enrol (24h)' })
      .option('max', { type: 'number', default: 200, describe: 'For how many hosts' })
      .option('leaf', { type: 'boolean', default: false, describe: 'For hosts that may not listen' })
      .option('out', { alias: 'o', type: 'string', describe: 'The file to write' })
      .option('binary', {
        type: 'string',
        requiresArg: true,
        describe: "The agent's executable, or its .zst: writes one that enrols the host it is started on"
      })
      .option('from', {
        type: 'string',
        requiresArg: true,
        implies: 'binary',
        describe: 'Make no new grant: put this enrolment file behind the executable'
      })
      .example(
        '$0 enrol --tag role=web --tag env=prod --expires 24h --max 200',
        'The file for 200 web servers'
      )
      .example(
        '$0 enrol --tag role=web --binary gumshoe-agent-linux-x64 -o web-agent',
        'One file: copy it, run it'
      ),
  handler: async args => {
    if (args.from !== undefined) {
      const { binary, from, out } = args
      personaliseFrom(adminContext(args), { binary: binary!, from, out })
      return
    }
    await enrol(adminContext(args), {
      tags: args.tag,
      leaf: args.leaf,
      hosts: args.max,
      expiresMs:
        args.expires === undefined ? LIMITS.grantDefaultMs : parseDuration(args.expires, '--expires'),
      ...(args.binary !== undefined && { binary: args.binary }),
      ...(args.out !== undefined && { out: args.out })
    })
  }
}
