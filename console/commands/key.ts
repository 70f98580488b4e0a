import { readFileSync, writeFileSync } from 'node:fs'
import type { Argv, CommandModule } from 'yargs'
import { GumshoeError } from '../../src/errors.ts'
import { makeKey } from '../../src/trust/pgp.ts'
import { parseDuration } from '../admin/duration.ts'
import {
  findKey,
  importGpgKey,
  importSecretKey,
  keepSecretKey,
  listKeys,
  removeKey,
  setDefaultKey
} from '../keys/store.ts'
import { type AdminArgs, adminContext, KEY, newPassphrase, PASSPHRASE_FD, YES } from './admin-context.ts'

interface MakeArgs extends AdminArgs {
  name: string
  expires: string
  passphrase: boolean
}

const make: CommandModule<AdminArgs, MakeArgs> = {
  command: 'make <name>',
  describe: 'Make an OpenPGP key (v4 Ed25519), kept in the home and locked by a passphrase',
  builder: yargs =>
    yargs
      .positional('name', {
        type: 'string',
        demandOption: true,
        describe: 'Who it belongs to, for example "Anna <anna@example.org>"'
      })
      .option('expires', { type: 'string', default: '2y', describe: 'When it ends' })
      .option('passphrase', {
        type: 'boolean',
        default: true,
        describe: 'Lock it; --no-passphrase leaves it open to whoever reads the file'
      })
      .option('passphrase-fd', PASSPHRASE_FD)
      .example('$0 key make "Anna <anna@example.org>"', 'asks for a new passphrase'),
  handler: async args => {
    const context = adminContext(args)
    const now = context.clock.now()
    const expires = now + parseDuration(args.expires, '--expires')
    if (args.name.trim() === '')
      throw new GumshoeError('usage', 'Say whose key it is: gumshoe key make NAME.')
    const passphrase = args.passphrase ? await newPassphrase(args.passphraseFd) : undefined
    const key = await makeKey(args.name, {
      now,
      expires,
      ...(passphrase !== undefined && { passphrase })
    })
    keepSecretKey(args.home, key)
    context.say(key.fingerprint)
    context.tell('Next: gumshoe key export -o NAME.pub, and give the file to an admin.')
  }
}

interface ImportArgs extends AdminArgs {
  file?: string
}

const import_: CommandModule<AdminArgs, ImportArgs> = {
  command: 'import [file]',
  describe: 'Take a secret key from a file, or name one that GnuPG holds (--gpg FPR)',
  builder: yargs =>
    yargs
      .positional('file', { type: 'string', describe: 'From gpg --export-secret-keys, armored or not' })
      .option('gpg', { type: 'string', describe: 'The full fingerprint of a key that GnuPG holds' })
      .example('$0 key import anna.key', 'the file keeps its passphrase')
      .example('$0 key import --gpg 22DD…1BD1', 'signs through gpg-agent or a smartcard from now on'),
  handler: async args => {
    const context = adminContext(args)
    if ((args.file === undefined) === (args.gpg === undefined))
      throw new GumshoeError('usage', 'Give either a file or --gpg FINGERPRINT.')
    const key =
      args.gpg === undefined
        ? await importSecretKey(args.home, new Uint8Array(readFileSync(args.file!)))
        : await importGpgKey(args.home, args.gpg.toLowerCase())
    context.say(key.fingerprint)
    context.tell('Next: gumshoe key export -o me.pub, and give the file to an admin.')
  }
}

const list: CommandModule<AdminArgs, AdminArgs> = {
  command: 'list',
  describe: 'The keys of this home; * is the one used where none is named',
  builder: yargs => yargs.example('$0 key list', ''),
  handler: async args => {
    const context = adminContext(args)
    const keys = await listKeys(args.home)
    if (keys.length === 0) await findKey(args.home)
    for (const { fingerprint, uid, where, isDefault, expires } of keys) {
      const end = expires === undefined ? 'never' : new Date(expires).toISOString().slice(0, 10)
      context.say([isDefault ? '*' : ' ', fingerprint.toUpperCase(), where, `ends ${end}`, uid].join('  '))
    }
  }
}

interface ExportArgs extends AdminArgs {
  name?: string
  out?: string
}

const export_: CommandModule<AdminArgs, ExportArgs> = {
  command: 'export [name]',
  describe: 'Write the public half of a key, for an admin',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'Fingerprint or a part of it or of the user id' })
      .option('key', KEY)
      .option('out', { alias: 'o', type: 'string', demandOption: true, describe: 'The file to write' })
      .example('$0 key export -o anna.pub', ''),
  handler: async args => {
    const key = await findKey(args.home, args.name ?? args.key)
    writeFileSync(args.out!, key.bytes, { flag: 'wx' })
    const context = adminContext(args)
    context.say(args.out!)
    context.tell(`Next: give ${args.out} to an admin (gumshoe mesh add investigator NAME=${args.out}).`)
  }
}

interface NameArgs extends AdminArgs {
  name: string
}

const named = (yargs: Argv<AdminArgs>) =>
  yargs.positional('name', {
    type: 'string',
    demandOption: true,
    describe: 'Fingerprint or a part of it or of the user id'
  })

const use: CommandModule<AdminArgs, NameArgs> = {
  command: 'use <name>',
  describe: 'Make this the key that is used where none is named',
  builder: yargs => named(yargs).example('$0 key use anna', ''),
  handler: async args => {
    adminContext(args).say((await setDefaultKey(args.home, args.name)).fingerprint)
  }
}

const remove: CommandModule<AdminArgs, NameArgs> = {
  command: 'remove <name>',
  describe: 'Forget a key; the secret half in this home is gone for good',
  builder: yargs => named(yargs).option('yes', YES).example('$0 key remove old@example.org', ''),
  handler: async args => {
    const context = adminContext(args)
    const key = await findKey(args.home, args.name)
    if (!(await context.confirm(`Remove the secret half of ${key.fingerprint} for good?`)))
      throw new GumshoeError('usage', 'Nothing was removed.')
    context.say((await removeKey(args.home, key.fingerprint)).fingerprint)
  }
}

/** `gumshoe key …` */
export const command: CommandModule<AdminArgs, AdminArgs> = {
  command: 'key <verb>',
  describe: 'Your own OpenPGP keys: make, import, list, export, use, remove',
  builder: yargs =>
    yargs
      .command(make)
      .command(import_)
      .command(list)
      .command(export_)
      .command(use)
      .command(remove)
      .demandCommand(1, 'Say what to do with the key: make, import, list, export, use or remove.'),
  handler: () => {}
}
