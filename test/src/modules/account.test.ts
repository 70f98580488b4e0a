import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { codeOf } from '../../../src/errors.ts'
import { account } from '../../../src/modules/account.ts'
import { plant } from '../../support/ask-file.ts'
import { askModule, column } from '../../support/ask-module.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const TODAY = Math.floor(NOW / 86_400_000)
const seconds = (text: string): number => Date.parse(text) / 1_000

const SHA512 = `$6$salt$${'h'.repeat(86)}`
const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyz0123456789abcdefg'

/** utmp(5) as glibc writes it on x86-64. */
const utmp = (type: number, user: string, host: string, at: string): Buffer => {
  const record = Buffer.alloc(384)
  record.writeInt16LE(type, 0)
  record.write(user, 44)
  record.write(host, 76)
  record.writeInt32LE(seconds(at), 340)
  return record
}

/** The same with a 64-bit time, as on arm64. */
const wideUtmp = (user: string, at: string): Buffer => {
  const record = Buffer.alloc(400)
  record.writeInt16LE(7, 0)
  record.write(user, 44)
  record.writeBigInt64LE(BigInt(seconds(at)), 344)
  return record
}

const lastlog = (uid: number, at: string, host: string): Buffer => {
  const file = Buffer.alloc(292 * (uid + 1))
  file.writeUInt32LE(seconds(at), 292 * uid)
  file.write(host, 292 * uid + 36)
  return file
}

const PASSWD = [
  'root:x:0:0:root:/root:/bin/bash',
  'daemon:x:1:1::/usr/sbin:/usr/sbin/nologin',
  'toor:x:0:0::/root:/bin/sh',
  'alice:x:1000:1000::/home/alice:/bin/bash',
  'bob:x:1001:100::/home/bob:',
  'old:x:1002:100::/home/old:/bin/sh',
  'aged:x:1003:100::/home/aged:/bin/sh',
  'open:x:1004:100::/home/open:/bin/sh',
  'keyed:x:1005:100::/home/keyed:/bin/zsh',
  'plain:$1$abc$0123456789012345678901:1006:100::/home/plain:/bin/sh',
  'missing:x:1007:100::/:/bin/sh',
  '+@netgroup::::::',
  'not a line',
  'bad:x:minus:0::/:/bin/sh'
].join('\n')

const SHADOW = [
  `root:${SHA512}:19000:0:99999:7:::`,
  'daemon:*:19000:0:99999:7:::',
  'toor:!:19000::::::',
  'alice:$y$j9T$salt$hash:20000:0:99999:7:::',
  `bob:!${SHA512}:20000:0:99999:7:::`,
  `old:${SHA512}:20000:0:99999:7::${TODAY}:`,
  `aged:${SHA512}:${TODAY - 91}:0:90:7:::`,
  'open::20000:0:99999:7:::',
  'keyed:*:20000:0:99999:7:::'
].join('\n')

const host = (t: TestContext): string =>
  plant(t, {
    'etc/passwd': PASSWD,
    'etc/shadow': SHADOW,
    'etc/group': 'root:x:0:\nsudo:x:27:alice,bob\nusers:x:100:alice\nalice:x:1000:\n',
    'etc/nsswitch.conf': 'passwd: files sss # and more\ngroup: files\n',
    'home/keyed/.ssh/authorized_keys': `# ssh-rsa AAAA\n\nssh-ed25519 ${KEY} a\nfrom="10.*",command="x y" ssh-rsa AAAAB3 b\nssh-rsa\n`,
    'home/keyed/.ssh/authorized_keys2': `ssh-ed25519 ${KEY}`,
    'var/log/lastlog': lastlog(1_000, '2026-11-20T10:00:00Z', 'gate.example'),
    'var/log/wtmp': Buffer.concat([
      utmp(7, 'alice', '', '2026-11-19T10:00:00Z'),
      utmp(8, 'alice', '', '2026-11-23T10:00:00Z'),
      utmp(7, 'bob', '192.0.2.7', '2026-06-01T00:00:00Z')
    ]),
    'var/log/wtmp.1': wideUtmp('old', '2020-01-01T00:00:00Z')
  })

const names = async (root: string, flags: Record<string, unknown>): Promise<string[]> =>
  column((await askModule(account, root, flags, { now: NOW })).rows, 'name')

test('states of passwords, by shadow(5)', async t => {
  const { rows, outcome } = await askModule(account, host(t), {}, { now: NOW })
  const state = Object.fromEntries(column(rows, 'name').map((name, i) => [name, rows[i]!['password']]))
  assert.deepEqual(state, {
    root: 'set',
    daemon: 'locked',
    toor: 'locked',
    alice: 'set',
    bob: 'locked',
    old: 'expired',
    aged: 'expired',
    open: 'none',
    keyed: 'locked',
    plain: 'set',
    missing: 'locked'
  })
  assert.deepEqual(column(rows, 'scheme').slice(0, 5), ['sha512', '', '', 'yescrypt', 'sha512'])
  assert.deepEqual(column(rows, 'login'), [
    'password',
    'none',
    'none',
    'password',
    'none',
    'none',
    'password',
    'password',
    'key',
    'password',
    'none'
  ])
  assert.equal(rows[8]!['keys'], 3)
  assert.deepEqual(
    [outcome.coverage, outcome.counts, outcome.errors],
    [{ seen: 11, unreadable: 0, skipped: 0 }, { user: 11 }, { 'other-source': 1 }]
  )
  assert.ok(!JSON.stringify(rows.map(row => Object.values(row).map(String))).includes('hhhh'), 'no hash')
})

test('the newest log-in of whatever keeps it', async t => {
  const root = host(t)
  const { rows } = await askModule(account, root, { name: ['^(alice|bob|old)$'] }, { now: NOW })
  assert.deepEqual(
    rows.map(row => new Date(row['last'] as number).toISOString().slice(0, 10)),
    ['2026-11-20', '2026-06-01', '2020-01-01']
  )
  assert.deepEqual(column(rows, 'from'), ['gate.example', '192.0.2.7', ''])
  assert.deepEqual(await names(root, { last: '<7d' }), ['alice'])
  assert.deepEqual(await names(root, { last: '>90d' }), ['bob', 'old'])
  assert.ok((await names(root, { never: true })).includes('keyed'))
  assert.ok(!(await names(root, { never: true })).includes('old'))
})

test('log-ins in the databases that follow lastlog and wtmp; one that is none is told', async t => {
  const root = plant(t, {
    'etc/passwd': 'a:x:1:1::/:/bin/sh\nb:x:2:1::/:/bin/sh\n',
    'var/lib/lastlog/x': '',
    'var/lib/wtmpdb/x': ''
  })
  const path = join(root, 'var/lib/lastlog/lastlog2.db')
  const made = new DatabaseSync(path)
  made.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE Lastlog2(Name TEXT PRIMARY KEY, Time INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT);
    INSERT INTO Lastlog2 VALUES ('a', ${seconds('2026-11-01T00:00:00Z')}, 'pts/0', 'h.example', 'sshd')`)
  made.close()
  const wtmpdb = new DatabaseSync(join(root, 'var/lib/wtmpdb/wtmp.db'))
  wtmpdb.exec(`CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT, Login INTEGER, Logout INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT);
    INSERT INTO wtmp VALUES (1, 3, 'b', ${seconds('2026-11-02T00:00:00Z')}000000, 0, '', '', ''),
      (2, 1, 'b', ${seconds('2026-11-09T00:00:00Z')}000000, 0, '', '', '')`)
  wtmpdb.close()
  const asked = await askModule(account, root, {}, { now: NOW })
  assert.deepEqual(
    asked.rows.map(row => row['last']),
    [Date.parse('2026-11-01T00:00:00Z'), Date.parse('2026-11-02T00:00:00Z')]
  )
  assert.deepEqual(column(asked.rows, 'from'), ['h.example', ''])
  assert.equal(asked.outcome.coverage.unreadable, 0)
  writeFileSync(path, 'SQLite format 3\0 and then something else')
  const { outcome } = await askModule(account, root, { name: ['none'] }, { now: NOW })
  assert.equal(outcome.coverage.unreadable, 0, 'nobody had to look')
  assert.equal((await askModule(account, root, {}, { now: NOW })).outcome.coverage.unreadable, 1)
  const view = new DatabaseSync(join(root, 'view.db'))
  view.exec(`CREATE VIEW Lastlog2 AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT 'a' AS Name, i AS Time, '' AS RemoteHost FROM n`)
  writeFileSync(path, view.serialize())
  view.close()
  assert.equal((await askModule(account, root, {}, { now: NOW })).outcome.coverage.unreadable, 1)
})

test('each filter alone', async t => {
  const root = host(t)
  const cases: [Record<string, unknown>, string[]][] = [
    [{ id: ['0'] }, ['root', 'toor']],
    [{ id: ['1000-1001', '>1007'] }, ['alice', 'bob', 'missing']],
    [{ name: ['^a'] }, ['alice', 'aged']],
    [{ name: ['!a', '!o'] }, ['missing', 'keyed'].sort()],
    [{ group: ['users'], name: ['^(a|b)'] }, ['alice', 'bob', 'aged']],
    [{ group: ['sudo'] }, ['alice', 'bob']],
    [{ password: ['none', 'expired'] }, ['old', 'aged', 'open']],
    [{ scheme: ['md5'] }, ['plain']],
    [{ login: ['key'] }, ['keyed']],
    [{ shell: ['zsh$'] }, ['keyed']],
    [{ shell: ['^/bin/sh$'], name: ['^bob$'] }, ['bob']],
    [{ kind: ['group'], name: ['^sudo$'] }, ['sudo']],
    [{ kind: ['group'], id: ['100'] }, ['users']]
  ]
  for (const [flags, wanted] of cases)
    assert.deepEqual((await names(root, flags)).sort(), [...wanted].sort(), JSON.stringify(flags))
  const groups = await askModule(account, root, { kind: ['group'], name: ['^(users|alice)$'] }, { now: NOW })
  assert.deepEqual(
    groups.rows.map(row => row['members']),
    [8, 1],
    'members by either file, each once'
  )
})

test('sudo rules: whom they name, through includes and aliases, and whom not', async t => {
  const root = host(t)
  const write = (name: string, text: string) => writeFileSync(join(root, name), text)
  // A link to a directory inside the root is a way as any other.
  mkdirSync(join(root, 'etc/real.d'))
  symlinkSync('/etc/real.d', join(root, 'etc/sudoers.d'))
  write(
    'etc/sudoers',
    `Defaults env_reset
User_Alias OPS = alice, %users : WEB = www
Cmnd_Alias STOP = /sbin/halt, \\
  /sbin/reboot # the end
root ALL=(ALL:ALL) ALL
OPS ALL = NOPASSWD: STOP, PASSWD: /bin/ls
#1005 ALL=(ALL) ALL
@includedir /etc/sudoers.d
@include more
`
  )
  write('etc/real.d/10-bob', 'bob web = (www) SETENV: NOPASSWD: /usr/bin/x a\\=b : db = /bin/y\n')
  write('etc/real.d/left.out', 'evil ALL=(ALL) ALL\n')
  write('etc/more', '%#27 ALL=(ALL) NOPASSWD:ALL\n')
  const { rows, outcome } = await askModule(account, root, { kind: ['sudo'] }, { now: NOW })
  const lines = rows.map(
    (row, i) =>
      `${column(rows, 'path')[i]}:${row['line']} ${column(rows, 'name')[i]} ${column(rows, 'rule')[i]} ${row['nopasswd']} ${row['all']}`
  )
  assert.deepEqual(lines, [
    '/etc/sudoers:5 root ALL=(ALL:ALL) ALL false true',
    '/etc/sudoers:6 alice ALL=(root) /sbin/halt, /sbin/reboot true false',
    '/etc/sudoers:6 %users ALL=(root) /sbin/halt, /sbin/reboot true false',
    '/etc/sudoers:6 alice ALL=(root) /bin/ls false false',
    '/etc/sudoers:6 %users ALL=(root) /bin/ls false false',
    '/etc/sudoers:7 #1005 ALL=(ALL) ALL false true',
    '/etc/sudoers.d/10-bob:1 bob web=(www) /usr/bin/x a\\=b true false',
    '/etc/sudoers.d/10-bob:1 bob db=(root) /bin/y false false',
    '/etc/more:1 %#27 ALL=(ALL) ALL true true'
  ])
  assert.equal(outcome.coverage.skipped, 0)
  assert.deepEqual(await names(root, { sudo: true, name: ['!aged'], id: ['>1000'] }), [
    'alice',
    'bob',
    'old',
    'open',
    'keyed',
    'plain',
    'missing'
  ])
  const about = (name: string) => names(root, { kind: ['sudo'], name: [`^${name}$`] })
  assert.deepEqual(await about('keyed'), ['%users', '%users', '#1005'])
  assert.deepEqual(await about('bob'), ['%users', '%users', 'bob', 'bob', '%#27'])
  assert.deepEqual(await names(root, { nopasswd: true, command: ['^ALL$'] }), ['%#27'])
  write('etc/more', 'this is no rule\n')
  assert.equal((await askModule(account, root, { kind: ['sudo'] })).outcome.errors['sudo-syntax'], 1)
})

test('what does not go together is refused by the name of its flag', () => {
  for (const [flags, names] of [
    [{ kind: ['group'], password: ['none'] }, '--password'],
    [{ kind: ['user'], nopasswd: true }, '--nopasswd'],
    [{ id: ['1x'] }, '--id'],
    [{ kind: ['sudo'], id: ['1'] }, '--id'],
    [{ name: ['('] }, '--name'],
    [{ last: 'soon' }, '--last'],
    [{ scheme: ['rot13'] }, '--scheme'],
    [{ kind: ['user', 'user'] }, '--kind']
  ] as const)
    assert.throws(
      () => account.fromFlags(flags as Record<string, unknown>, NOW),
      (error: Error) =>
        codeOf(error) === 'bad-params' && (error.message.includes(names) || names === '--kind')
    )
})

test('names that the question gives are the literals; links lead nowhere out of the root', async t => {
  const made = account.fromFlags({ name: ['^bob$'], id: ['0', '>5'], group: ['sudo'] }, NOW)
  assert.deepEqual(account.literals(made), ['bob', '%bob', '0', 'sudo'])
  const root = plant(t, { 'etc/x': '' })
  symlinkSync('/../../../../../../etc/passwd', join(root, 'etc/shadow'))
  symlinkSync(join(host(t), 'etc/passwd'), join(root, 'etc/passwd'))
  assert.deepEqual(await names(root, {}), [])
})
