import { readFileSync } from 'node:fs'
import type { CommandModule } from 'yargs'
import { decodeCharterFile } from '../../src/documents/charter-file.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { MODULES } from '../../src/modules/index.ts'
import { changeMesh } from '../admin/change-mesh.ts'
import { addNode, addPerson, editPolicy, type RevokedKind, revoke } from '../admin/changes.ts'
import { createMesh } from '../admin/create-mesh.ts'
import { parseDuration } from '../admin/duration.ts'
import { adopt, requireChain } from '../admin/mesh-home.ts'
import { showMesh } from '../admin/show-mesh.ts'
import {
  type AdminArgs,
  adminContext,
  adminOptions,
  askLine,
  isTerminal,
  newPassphrase
} from '../admin/typed-context.ts'
import { askMesh } from '../admin/wizard.ts'

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

const create: CommandModule<AdminArgs, CreateArgs> = {
  command: 'create [name]',
  describe: 'Make a mesh: who rules it, who may ask, which nodes keep; a wizard on a terminal',
  builder: yargs =>
    adminOptions(yargs)
      .positional('name', { type: 'string', describe: 'a-z 0-9 . _ -' })
      .option('admin', { string: true, array: true, default: [], describe: 'NAME=KEY; two or three of them' })
      .option('investigator', {
        string: true,
        array: true,
        default: [],
        describe: 'NAME[:WEIGHT]=KEY; senior 2, junior 1'
      })
      .option('reader', {
        string: true,
        array: true,
        default: [],
        describe: 'NAME=KEY, who reads every case'
      })
      .option('bootstrap', {
        string: true,
        array: true,
        default: [],
        describe: '[NAME=]ADDRESS as gumshoe-bootstrap init prints it'
      })
      .option('threshold', { type: 'number', describe: 'How many admins must sign; more than half' })
      .option('topic', {
        string: true,
        array: true,
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
    const passphrase =
      args.recoveryPassphrase !== false && !args.lab
        ? await newPassphrase(args.recoveryPassphraseFd, 'recovery key')
        : undefined
    const lasts =
      args.expires === undefined ? LIMITS.charterDefaultMs : parseDuration(args.expires, '--expires')
    await createMesh(context, {
      ...answers,
      readers: args.reader,
      topics: args.topic,
      lab: args.lab,
      expires: context.clock.now() + lasts,
      out: args.out ?? `${answers.name}.charter`,
      modules: Object.values(MODULES),
      ...(args.threshold !== undefined && { threshold: args.threshold }),
      ...(passphrase !== undefined && { recoveryPassphrase: passphrase })
    })
  }
}

const show: CommandModule<AdminArgs, AdminArgs> = {
  command: 'show',
  describe: 'The charter in words, and what ends within 30 days',
  builder: yargs => adminOptions(yargs).example('$0 mesh show', ''),
  handler: async args => await showMesh(adminContext(args))
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
    const chain = await adopt(args.home, file, context.clock.now())
    context.say(chain.mesh)
    context.tell(
      `This home belongs to the mesh ${chain.current.charter.name} now, version ${chain.current.charter.version}.`
    )
    context.tell(
      `Next: read the mesh id to an admin by voice: ${chain.mesh.replace(/(.{4})/g, '$1 ').trim()}`
    )
  }
}

interface ChangeArgs extends AdminArgs {
  save?: string
  expires?: string
}

interface AddArgs extends ChangeArgs {
  what: 'investigator' | 'admin' | 'reader' | 'bootstrap'
  who: string
}

const saved = (args: ChangeArgs) => (args.save === undefined ? {} : { save: args.save })

const add: CommandModule<AdminArgs, AddArgs> = {
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

const revoke_: CommandModule<AdminArgs, RevokeArgs> = {
  command: 'revoke <what> <name>',
  describe: 'Take a host, a grant, a person or a key out of the mesh, for good',
  builder: yargs =>
    adminOptions(yargs)
      .positional('what', {
        choices: ['agent', 'grant', 'person', 'key', 'bootstrap'] as const,
        demandOption: true
      })
      .positional('name', {
        type: 'string',
        demandOption: true,
        describe: 'Peer id, grant id, name or fingerprint'
      })
      .option('save', { type: 'string', describe: 'Where the draft goes while signatures are missing' })
      .example('$0 mesh revoke person joe', 'joe can ask and read nothing more'),
  handler: async args => {
    const renews = args.what === 'person' || args.what === 'key'
    await changeMesh(adminContext(args), {
      change: revoke(args.what, args.name),
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

const policy: CommandModule<AdminArgs, PolicyArgs> = {
  command: 'policy',
  describe: 'Change who may ask what, or how long the charter lives',
  builder: yargs =>
    adminOptions(yargs)
      .option('set', {
        string: true,
        array: true,
        default: [],
        describe: 'MODULE.LEVEL=WEIGHT,PERSONS[,reason] or =off'
      })
      .option('ceiling', { string: true, array: true, default: [], describe: 'MODULE=PERCENT of the hosts' })
      .option('allow', {
        string: true,
        array: true,
        default: [],
        describe: 'MODULE, with the rule of its class'
      })
      .option('forbid', { string: true, array: true, default: [], describe: 'MODULE' })
      .option('window-max', { type: 'string', describe: 'How long a question may be open' })
      .option('retention', { type: 'number', describe: 'Days for which nodes keep answers' })
      .option('rate', { type: 'number', describe: 'Actions of a person that a host takes in ten minutes' })
      .option('threshold', { type: 'number', describe: 'How many admins must sign' })
      .option('topic', {
        string: true,
        array: true,
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
    await changeMesh(context, {
      change: editPolicy({
        set: args.set,
        ceiling: args.ceiling,
        allow: args.allow,
        forbid: args.forbid,
        modules: Object.values(MODULES),
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
      .command(revoke_)
      .command(push)
      .demandCommand(1, 'Say what to do: create, show, join, add, policy, revoke or push.'),
  handler: () => {}
}
