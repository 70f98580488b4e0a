import assert from 'node:assert/strict'
import { mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { codeOf } from '../../../src/errors.ts'
import { log } from '../../../src/modules/log.ts'
import type { Row } from '../../../src/modules/spec.ts'
import { type AskOptions, plant } from '../../support/ask-file.ts'
import { askModule } from '../../support/ask-module.ts'
import { realJournal } from '../../support/journal.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

const ask = (root: string, flags: Record<string, unknown>, options: AskOptions = {}) =>
  askModule(log, root, flags, { now: NOW, ...options })

const text = (cell: unknown): string =>
  cell instanceof Uint8Array ? Buffer.from(cell).toString('latin1') : String(cell ?? '-')

const iso = (cell: unknown): string =>
  cell === undefined ? '-' : new Date(Number(cell)).toISOString().slice(0, 19)

/** Rows as words: what, where, how often. */
const said = (rows: readonly Row[]): string[] =>
  rows
    .map(row => [row['path'] ?? row['unit'], row['program'], row['match'], row['count']].map(text).join(' '))
    .sort()

/** A file that was last written at a moment. */
const writtenAt = (root: string, path: string, at: string): void =>
  utimesSync(join(root, path), new Date(at), new Date(at))

const journalHost = (t: TestContext): string =>
  plant(t, {
    'var/log/journal/aa/system.journal': realJournal('wide-zstd'),
    'run/log/journal/bb/user-1000@x.journal~': realJournal('compact-zstd')
  })

test('entries of journals are counted by unit and program, with the first and the last', async t => {
  const root = journalHost(t)
  const { rows, outcome } = await ask(root, {
    source: ['journal'],
    pattern: ['needle', 'Failed \\w+ for'],
    label: ['n', 'f']
  })
  assert.deepEqual(said(rows), [
    '- kernel n 2',
    'app.service app n 2',
    'd.service daemon n 2',
    'ssh.service sshd f 120'
  ])
  const ssh = rows.find(row => row['match'] === 'f')!
  assert.deepEqual([iso(ssh['first']), iso(ssh['last'])], ['2026-11-23T00:00:00', '2026-11-23T00:59:00'])
  assert.deepEqual(outcome.coverage, { seen: 2, unreadable: 0, skipped: 0 })
  assert.ok(!JSON.stringify(rows).includes('203.0.113'), 'no line leaves')
})

test('a log that was named and is not there is told once, and is no reason to doubt a no', async t => {
  const root = plant(t, { 'var/log/a.log.1': 'x\n' })
  const paths = ['/var/log/a.log', '/var/log', '/var/log/b.log', '/nowhere/c.log']
  const { outcome } = await ask(root, { path: paths, pattern: ['needle'] })
  assert.deepEqual(outcome.errors, { 'path-missing': 2 })
  assert.equal(outcome.coverage.unreadable + outcome.coverage.skipped, 0)
})

test('a journal is asked by time, unit, program and urgency', async t => {
  const root = journalHost(t)
  const counts = async (flags: Record<string, unknown>) =>
    said((await ask(root, { source: ['journal'], ...flags })).rows)
  assert.deepEqual(
    await counts({ unit: ['^ssh\\.service$'], since: '2026-11-23T00:10:00Z', until: '2026-11-23T00:19:00Z' }),
    ['ssh.service sshd entries 20']
  )
  // The clock of that host went back for one entry.
  assert.deepEqual(await counts({ until: '2026-11-22T12:00:00Z' }), ['- clock entries 2'])
  assert.deepEqual(await counts({ priority: 'err' }), [
    '- kernel entries 2',
    'app.service app entries 2',
    'd.service daemon entries 2'
  ])
  assert.deepEqual(await counts({ program: ['!^(sshd|kernel)$'], priority: 'crit' }), [
    'd.service daemon entries 2'
  ])
  assert.deepEqual(await counts({ 'at-least': 100 }), ['ssh.service sshd entries 120'])
  assert.deepEqual(await counts({ pattern: ['lorem ipsum dolor sit amet $'] }), ['app.service app p1 2'])
})

const AUTH = [
  'Nov 22 23:59:59 web sshd[7]: Failed password for root from 203.0.113.7 port 4 ssh2',
  'Nov 23 09:00:00 web sshd[7]: Failed password for root from 203.0.113.7 port 4 ssh2',
  'Nov 23 09:00:02 web sshd[7]: Accepted password for root from 203.0.113.7 port 4 ssh2',
  'Nov 23 09:01:00 web sudo:     root : TTY=pts/0 ; COMMAND=/bin/sh',
  ''
].join('\n')

test('logs in files are counted with their rotations, packed or not', async t => {
  const root = plant(t, {
    'var/log/auth.log': AUTH,
    'var/log/auth.log.1':
      'Nov 10 09:00:00 web sshd[7]: Failed password for bob from 203.0.113.9 port 4 ssh2\n',
    'var/log/auth.log.2.gz': gzipSync(
      'Nov  1 09:00:00 web sshd[7]: Failed password for bob from 203.0.113.9\n'
    ),
    'var/log/messages-20261101.zst': zstdCompressSync(
      Buffer.from('2026-10-31T09:00:00Z web su: Failed password\n')
    ),
    'var/log/lastlog': 'Failed password',
    'var/log/other': 'Nov 23 09:00:00 web a: Failed password\n',
    'var/log/nginx/access.log':
      '203.0.113.7 - - [23/Nov/2026:09:12:04 +0100] "POST /upload.php HTTP/1.1" 200 1\n',
    'var/log/nginx/access.log.1': 'no stamp POST /upload.php\n'
  })
  symlinkSync('auth.log', join(root, 'var/log/link.log'))
  for (const path of ['auth.log', 'auth.log.1', 'auth.log.2.gz'])
    writtenAt(root, `var/log/${path}`, '2026-11-23T10:00:00Z')
  const all = await ask(root, { pattern: ['Failed password'] })
  assert.deepEqual(said(all.rows), [
    '/var/log/auth.log sshd p1 2',
    '/var/log/auth.log.1 sshd p1 1',
    '/var/log/auth.log.2.gz sshd p1 1',
    '/var/log/messages-20261101.zst su p1 1'
  ])
  assert.deepEqual([all.outcome.coverage.unreadable, all.outcome.coverage.skipped], [0, 0])
  const old = all.rows.find(row => text(row['path']).endsWith('.gz'))
  assert.equal(iso(old?.['first']), '2026-11-01T09:00:00')
  const window = await ask(root, { program: ['^sshd$'], since: '2026-11-23', until: '2026-11-23T09:00:01Z' })
  assert.deepEqual(said(window.rows), ['/var/log/auth.log sshd entries 1'])
  const web = await ask(root, { path: ['/var/log/nginx/access.log'], pattern: ['POST /upload\\.php'] })
  assert.deepEqual(said(web.rows), ['/var/log/nginx/access.log - p1 1', '/var/log/nginx/access.log.1 - p1 1'])
  const since = await ask(root, { path: ['/var/log/nginx/'], pattern: ['upload'], since: '2026-11-01' })
  assert.deepEqual(
    [said(since.rows), since.outcome.errors],
    [['/var/log/nginx/access.log - p1 1'], { 'no-time': 1 }]
  )
})

test('the time of a host without offsets is that of its zone', async t => {
  const root = plant(t, { 'var/log/auth.log': AUTH, 'etc/timezone': 'Europe/Berlin\n' })
  writtenAt(root, 'var/log/auth.log', '2026-11-23T10:00:00Z')
  const { rows } = await ask(root, { pattern: ['Accepted'] })
  assert.equal(iso(rows[0]!['first']), '2026-11-23T08:00:02')
  writeFileSync(join(root, 'etc/localtime'), 'no zone')
  writeFileSync(join(root, 'etc/timezone'), '')
  const unknown = await ask(root, { pattern: ['Accepted'], since: '2026-11-23' })
  assert.deepEqual([unknown.rows.length, unknown.outcome.errors], [1, { 'unknown-zone': 1 }])
})

test('the audit log is told by the types of its records', async t => {
  const root = plant(t, {
    'var/log/audit/audit.log': [
      'type=USER_LOGIN msg=audit(1795511524.123:456): pid=1 acct="root" res=failed',
      'type=USER_LOGIN msg=audit(1795511525.123:457): pid=1 acct="root" res=success',
      'type=EXECVE msg=audit(1795511526.123:458): argc=1 a0="id"',
      ''
    ].join('\n')
  })
  const { rows } = await ask(root, { source: ['audit'], program: ['^USER_LOGIN$'], pattern: ['res=failed'] })
  assert.deepEqual(said(rows), ['/var/log/audit/audit.log USER_LOGIN p1 1'])
  assert.equal(iso(rows[0]!['first']), '2026-11-24T09:12:04')
})

const utmp = (type: number, user: string, host: string, at: string): Buffer => {
  const record = Buffer.alloc(384)
  record.writeInt16LE(type, 0)
  record.write('pts/0', 8)
  record.write(user, 44)
  record.write(host, 76)
  record.writeInt32LE(Date.parse(at) / 1_000, 340)
  return record
}

test('log-ins are counted by their kind, from every record that a host keeps', async t => {
  const root = plant(t, {
    'var/log/wtmp': Buffer.concat([
      utmp(2, 'reboot', '6.1.0', '2026-11-20T08:00:00Z'),
      utmp(7, 'root', '203.0.113.7', '2026-11-23T09:00:02Z'),
      utmp(8, '', '', '2026-11-23T10:00:00Z')
    ]),
    'var/log/wtmp.1.gz': gzipSync(utmp(7, 'bob', '203.0.113.9', '2026-10-01T09:00:00Z')),
    'var/log/btmp': Buffer.concat([
      utmp(6, 'admin', '203.0.113.7', '2026-11-23T08:00:00Z'),
      utmp(6, 'test', '203.0.113.7', '2026-11-23T08:00:01Z')
    ]),
    'var/log/lastlog': Buffer.concat([Buffer.alloc(292 * 3), lastlog('203.0.113.7', '2026-11-23T09:00:02Z')])
  })
  mkdirSync(join(root, 'var/lib/wtmpdb'), { recursive: true })
  const database = new DatabaseSync(join(root, 'var/lib/wtmpdb/wtmp.db'))
  database.exec(
    'CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT, Login INTEGER, Logout INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT)'
  )
  database.exec(
    `INSERT INTO wtmp VALUES (1, 3, 'eve', ${Date.parse('2026-11-23T11:00:00Z')}000, NULL, 'pts/1', '203.0.113.7', 'sshd')`
  )
  database.close()
  const all = await ask(root, { source: ['logins'] })
  assert.deepEqual(said(all.rows), [
    '/var/lib/wtmpdb/wtmp.db login entries 1',
    '/var/log/btmp failed entries 2',
    '/var/log/lastlog lastlog entries 1',
    '/var/log/wtmp boot entries 1',
    '/var/log/wtmp login entries 1',
    '/var/log/wtmp logout entries 1',
    '/var/log/wtmp.1.gz login entries 1'
  ])
  const from = await ask(root, {
    source: ['logins'],
    pattern: [' 203\\.0\\.113\\.7$'],
    since: '2026-11-23T09:00:00Z'
  })
  assert.deepEqual(said(from.rows), [
    '/var/lib/wtmpdb/wtmp.db login p1 1',
    '/var/log/lastlog lastlog p1 1',
    '/var/log/wtmp login p1 1'
  ])
})

const lastlog = (host: string, at: string): Buffer => {
  const record = Buffer.alloc(292)
  record.writeUInt32LE(Date.parse(at) / 1_000, 0)
  record.write('pts/0', 4)
  record.write(host, 36)
  return record
}

test('a log that has not changed since is not read, whatever its date says', async t => {
  const root = plant(t, { 'var/log/auth.log': AUTH })
  writtenAt(root, 'var/log/auth.log', '2001-01-01T00:00:00Z')
  const changed = statSync(join(root, 'var/log/auth.log')).ctimeMs
  const since = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z')
  const read = await ask(
    root,
    { pattern: ['x'], since: since(changed - 2_000) },
    { limits: { readBytes: 1 } }
  )
  assert.equal(read.outcome.limit, 'limit-bytes')
  const passed = await ask(
    root,
    { pattern: ['x'], since: since(changed + 2_000) },
    { limits: { readBytes: 1 } }
  )
  assert.deepEqual([passed.outcome.limit, passed.outcome.coverage.seen], [undefined, 1])
})

test('what does not belong together, and what is no time or expression, is refused', () => {
  for (const flags of [
    { unit: ['a'], source: ['text'] },
    { priority: 'err', source: ['journal', 'audit'] },
    { path: ['/a'], source: ['journal'] },
    { path: ['relative'] },
    { path: ['/a/../b'] },
    { priority: 'loud' },
    { since: 'yesterday' },
    { since: '1d', until: '2d' },
    { pattern: ['('] },
    { program: ['a{2000}'] },
    { pattern: ['a', 'b'], label: ['one'] },
    { pattern: ['a', 'b'], label: ['one', 'one'] },
    { pattern: ['a'], label: ['One'] },
    { label: ['one'] },
    { 'at-least': 1 },
    { source: ['journal', 'journal'] }
  ])
    assert.throws(
      () => log.fromFlags(flags, NOW),
      error => codeOf(error) === 'bad-params',
      JSON.stringify(flags)
    )
})
