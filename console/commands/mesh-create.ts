import type { CommandModule } from 'yargs'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { MODULES } from '../../src/modules/index.ts'
import { createMesh } from '../admin/create-mesh.ts'
import { parseDuration } from '../admin/duration.ts'
import { askMesh } from '../admin/wizard.ts'
import {
  type AdminArgs,
  adminContext,
  adminOptions,
  askLine,
  isTerminal,
  newPassphrase
} from './admin-context.ts'

interface CreateArgs extends AdminArgs {
  name?: string
  admin: string[]
  investigator: string[]
  reader: string[]
  bootstrap: string[]
  threshold?: number
  topic: string[]
  lab: boolean
  expires?: string
  recovery?: string
  recoveryPassphrase?: boolean
  recoveryPassphraseFd?: number
  out?: string
}

/** `gumshoe mesh create` */
export const create: CommandModule<AdminArgs, CreateArgs> = {
  command: 'create [name]',
  describe: 'Make a mesh: who rules it, who may ask, which nodes keep; a wizard on a terminal',
  builder: yargs =>
    adminOptions(yargs)
      .positional('name', { type: 'string', describe: 'a-z 0-9 . _ -' })
      .option('admin', {
        string: true,
        array: true,
        nargs: 1,
        default: [],
        describe: 'NAME=KEY; two or three of them'
      })
      .option('investigator', {
        string: true,
        array: true,
        nargs: 1,
        default: [],
        describe: 'NAME[:WEIGHT]=KEY; senior 2, junior 1'
      })
      .option('reader', {
        string: true,
        array: true,
        nargs: 1,
        default: [],
        describe: 'NAME=KEY, who reads every case'
      })
      .option('bootstrap', {
        string: true,
        array: true,
        nargs: 1,
        default: [],
        describe: '[NAME=]ADDRESS as gumshoe-bootstrap init prints it'
      })
      .option('threshold', { type: 'number', describe: 'How many admins must sign; more than half' })
      .option('topic', {
        string: true,
        array: true,
        nargs: 1,
        default: ['role'],
        describe: 'Tag keys by which questions travel'
      })
      .option('lab', {
        type: 'boolean',
        default: false,
        describe: 'One admin alone, or one key in both roles: for trying out'
      })
      .option('expires', { type: 'string', describe: 'When the charter ends (1y)' })
      .option('recovery', { type: 'string', describe: 'File for the recovery key, outside of the home' })
      .option('recovery-passphrase', {
        type: 'boolean',
        default: true,
        describe: 'Lock it; --no-recovery-passphrase leaves it open'
      })
      .option('recovery-passphrase-fd', {
        type: 'number',
        describe: 'Read the passphrase of the recovery key from this descriptor'
      })
      .option('out', {
        alias: 'o',
        type: 'string',
        describe: 'The charter file for nodes and persons (NAME.charter)'
      })
      .example(
        '$0 mesh create acme --admin anna=me --admin paul=paul.pub --investigator joe=joe.pub --bootstrap "$(cat node1.address)" --recovery /media/usb/acme.key',
        'a draft, which paul completes with gumshoe sign'
      ),
  handler: async args => {
    const context = adminContext(args)
    const typed = {
      name: args.name,
      admins: args.admin,
      investigators: args.investigator,
      bootstraps: args.bootstrap,
      recovery: args.recovery
    }
    const given = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== undefined))
    const complete =
      args.name !== undefined &&
      args.recovery !== undefined &&
      args.admin.length > 0 &&
      args.bootstrap.length > 0
    if (!complete && !isTerminal())
      throw new GumshoeError(
        'usage',
        'Give NAME, --admin, --bootstrap and --recovery, or use a terminal for the wizard.'
      )
    const answers = complete
      ? { ...typed, name: args.name!, recovery: args.recovery! }
      : await askMesh(askLine, given, line => context.tell(line))
    const locks = args.recoveryPassphrase !== false && !args.lab
    const lasts =
      args.expires === undefined ? LIMITS.charterDefaultMs : parseDuration(args.expires, '--expires')
    await createMesh(context, {
      ...answers,
      readers: args.reader,
      topics: args.topic,
      lab: args.lab,
      expires: context.clock.now() + lasts,
      out: args.out ?? `${answers.name}.charter`,
      modules: MODULES,
      ...(args.threshold !== undefined && { threshold: args.threshold }),
      ...(locks && { recoveryPassphrase: () => newPassphrase(args.recoveryPassphraseFd, 'recovery key') })
    })
  }
}
