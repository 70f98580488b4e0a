import type { CommandModule } from 'yargs'
import { GumshoeError } from '../../src/errors.ts'
import { MODULES } from '../../src/modules/index.ts'
import { changeMesh } from '../admin/change-mesh.ts'
import { addNode, addPerson, editPolicy, type RevokedKind, revoke } from '../admin/changes.ts'
import { parseDuration } from '../admin/duration.ts'
import { peerNamed } from '../admin/named-host.ts'
import { cachedHosts } from '../host-cache.ts'
import { type AdminArgs, adminContext, adminOptions } from './admin-context.ts'

interface ChangeArgs extends AdminArgs {
  save?: string
  expires?: string
}

interface AddArgs extends ChangeArgs {
  what: 'investigator' | 'admin' | 'reader' | 'bootstrap'
  who: string
}

const saved = (args: ChangeArgs) => (args.save === undefined ? {} : { save: args.save })

/** `gumshoe mesh add` */
export const add: CommandModule<AdminArgs, AddArgs> = {
  command: 'add <what> <who>',
  describe: 'A new person, role, key or bootstrap node: the next charter version',
  builder: yargs =>
    adminOptions(yargs)
      .positional('what', {
        choices: ['investigator', 'admin', 'reader', 'bootstrap'] as const,
        demandOption: true
      })
      .positional('who', {
        type: 'string',
        demandOption: true,
        describe: 'NAME[:WEIGHT]=KEY, or [NAME=]ADDRESS'
      })
      .option('save', { type: 'string', describe: 'Where the draft goes while signatures are missing' })
      .example('$0 mesh add investigator joe=joe.pub', 'a junior; joe:2=joe.pub for a senior')
      .example('$0 mesh add investigator joe=joe-new.pub', 'one more key for joe'),
  handler: async args => {
    const context = adminContext(args)
    if (args.what === 'bootstrap') await changeMesh(context, { change: addNode(args.who), ...saved(args) })
    else
      await changeMesh(context, {
        change: addPerson(args.home, args.who, args.what),
        inventory: 'wrap',
        ...saved(args)
      })
  }
}

interface RevokeArgs extends ChangeArgs {
  what: RevokedKind
  name: string
}

/** `gumshoe mesh revoke` */
export const revokeCommand: CommandModule<AdminArgs, RevokeArgs> = {
  command: 'revoke <what> <name>',
  describe: 'Take a host, a grant, a person, a key or a bootstrap node out of the mesh, for good',
  builder: yargs =>
    adminOptions(yargs)
      .positional('what', {
        choices: ['agent', 'grant', 'person', 'key', 'bootstrap'] as const,
        demandOption: true
      })
      .positional('name', {
        type: 'string',
        demandOption: true,
        describe: 'Peer id or host, grant id, name or fingerprint'
      })
      .option('save', { type: 'string', describe: 'Where the draft goes while signatures are missing' })
      .example('$0 mesh revoke agent web-07', 'a host, as gumshoe agents shows it')
      .example('$0 mesh revoke person joe', 'joe can ask and read nothing more'),
  handler: async args => {
    const renews = args.what === 'person' || args.what === 'key'
    await changeMesh(adminContext(args), {
      change: revoke(
        args.what,
        args.what === 'agent' ? peerNamed(cachedHosts(args.home), args.name) : args.name
      ),
      ...(renews && { inventory: 'renew' as const }),
      ...saved(args)
    })
  }
}

interface PolicyArgs extends ChangeArgs {
  set: string[]
  ceiling: string[]
  allow: string[]
  forbid: string[]
  windowMax?: string
  retention?: number
  rate?: number
  threshold?: number
  topic?: string[]
  note?: string
}

/** `gumshoe mesh policy` */
export const policy: CommandModule<AdminArgs, PolicyArgs> = {
  command: 'policy',
  describe: 'Change who may ask what, or how long the charter lives',
  builder: yargs =>
    adminOptions(yargs)
      .option('set', {
        string: true,
        array: true,
        nargs: 1,
        default: [],
        describe:
          'MODULE.LEVEL=WEIGHT,PERSONS[,reason|,no-reason] or =off; the reason stays as it was where it is not named'
      })
      .option('ceiling', {
        string: true,
        array: true,
        nargs: 1,
        default: [],
        describe: 'MODULE=PERCENT of the hosts'
      })
      .option('allow', {
        string: true,
        array: true,
        nargs: 1,
        default: [],
        describe: 'MODULE, with the rule of its class'
      })
      .option('forbid', { string: true, array: true, nargs: 1, default: [], describe: 'MODULE' })
      .option('window-max', { type: 'string', describe: 'How long a question may be open' })
      .option('retention', { type: 'number', describe: 'Days for which nodes keep answers' })
      .option('rate', { type: 'number', describe: 'Actions of a person that a host takes in ten minutes' })
      .option('threshold', { type: 'number', describe: 'How many admins must sign' })
      .option('topic', {
        string: true,
        array: true,
        nargs: 1,
        describe: 'Tag keys by which questions travel; replaces them'
      })
      .option('note', { type: 'string', describe: 'Words about this version' })
      .option('expires', { type: 'string', describe: 'When the charter ends, from now' })
      .option('save', { type: 'string', describe: 'Where the draft goes while signatures are missing' })
      .example('$0 mesh policy --set file/1.clear=3,2,reason', 'clear answers need weight 3 of two persons')
      .example('$0 mesh policy --expires 1y', 'prolongs the charter'),
  handler: async args => {
    const context = adminContext(args)
    const { windowMax, retention, rate, threshold, topic, note, expires } = args
    const lists = [args.set, args.ceiling, args.allow, args.forbid]
    const others = [windowMax, retention, rate, threshold, topic, note, expires]
    if (lists.every(list => list.length === 0) && others.every(value => value === undefined))
      throw new GumshoeError('usage', 'Say what to change; nothing was made.', {
        fix: 'gumshoe mesh policy --help lists it; gumshoe mesh show says what holds now.'
      })
    await changeMesh(context, {
      change: editPolicy({
        set: args.set,
        ceiling: args.ceiling,
        allow: args.allow,
        forbid: args.forbid,
        modules: MODULES,
        ...(windowMax !== undefined && { windowMaxMs: parseDuration(windowMax, '--window-max') }),
        ...(retention !== undefined && { retentionDays: retention }),
        ...(rate !== undefined && { rate }),
        ...(threshold !== undefined && { threshold }),
        ...(topic !== undefined && { topics: topic }),
        ...(note !== undefined && { note })
      }),
      ...(expires !== undefined && { expires: context.clock.now() + parseDuration(expires, '--expires') }),
      ...saved(args)
    })
  }
}
