import {
  ACCOUNT_FLAGS,
  type AccountParams,
  accountFromFlags,
  accountLiterals,
  accountParams,
  sayAccount
} from './lib/accounts/account-params.ts'
import { runAccounts } from './lib/accounts/run-accounts.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** Finds local users, groups and sudo rules, and who may log in how. Reads only; no hash leaves the host. */
export const account = module<AccountParams>({
  name: 'account',
  major: 1,
  sentence:
    'Finds local users, groups and sudo rules: state of passwords, last log-ins, who may log in how; never a hash.',
  platforms: ['linux'],
  risk: 'inspect',
  brief: true,
  anyRoot: true,
  rights: [
    {
      right: 'read /etc/shadow, /etc/sudoers and every home (root, or CAP_DAC_READ_SEARCH)',
      without: 'states of passwords are unknown, keys are not counted, and a "no" becomes "partial"'
    }
  ],
  flags: ACCOUNT_FLAGS,
  params: accountParams,
  fromFlags: accountFromFlags,
  say: sayAccount,
  literals: accountLiterals,
  columns: {
    kind: { type: 'text', secrecy: 'plain', doc: 'user, group or sudo' },
    name: {
      type: 'bytes',
      secrecy: 'guessable',
      doc: 'Name; of a sudo rule whom it names: name, %group, #uid'
    },
    number: { type: 'count', secrecy: 'guessable', doc: 'uid or gid' },
    group: { type: 'bytes', secrecy: 'guessable', doc: 'The own group of a user, by name' },
    members: { type: 'count', secrecy: 'plain', doc: 'How many users a group has' },
    home: { type: 'path', secrecy: 'private', doc: 'Home of a user' },
    shell: { type: 'path', secrecy: 'private', doc: 'Log-in shell' },
    password: { type: 'text', secrecy: 'plain', doc: 'locked, none, set, expired, or unknown' },
    scheme: {
      type: 'text',
      secrecy: 'plain',
      doc: 'How the password is hashed: yescrypt, sha512, md5, des, …'
    },
    login: {
      type: 'text',
      secrecy: 'plain',
      doc: 'password, key, both with a + between, none, or unknown: by shell, password and authorised keys'
    },
    keys: { type: 'count', secrecy: 'plain', doc: 'Authorised keys where sshd looks by default' },
    last: { type: 'time', secrecy: 'plain', doc: 'Last log-in on record, ms since 1970' },
    from: { type: 'bytes', secrecy: 'guessable', doc: 'Machine that the last log-in came from' },
    rule: { type: 'bytes', secrecy: 'private', doc: 'Sudo rule: hosts, as whom, commands' },
    nopasswd: { type: 'bool', secrecy: 'plain', doc: 'The sudo rule asks for no password' },
    all: { type: 'bool', secrecy: 'plain', doc: 'The sudo rule allows every command' },
    path: { type: 'path', secrecy: 'private', doc: 'File of the sudo rule' },
    line: { type: 'count', secrecy: 'plain', doc: 'Line of the sudo rule' }
  },
  limits: runLimits(),
  examples: [
    { title: 'Everybody with the powers of root', argv: ['--id', '0'] },
    { title: 'An account that an intruder left', argv: ['--name', '^support2$'] },
    { title: 'Who may log in without any password', argv: ['--password', 'none', '--login', 'password'] },
    { title: 'Who has logged in within a week', argv: ['--last', '<7d'] },
    { title: 'Sudo rules that ask for no password', argv: ['--nopasswd'] },
    { title: 'Passwords that are hashed weakly', argv: ['--scheme', 'md5', '--scheme', 'des'] }
  ],
  run: runAccounts
})
