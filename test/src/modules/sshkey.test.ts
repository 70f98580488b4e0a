import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { codeOf } from '../../../src/errors.ts'
import { sshkey } from '../../../src/modules/sshkey.ts'
import { plant } from '../../support/ask-file.ts'
import { askModule, column } from '../../support/ask-module.ts'

/** A key whose 32 bytes count from 0, with what ssh-keygen -l (OpenSSH 9.2) says of it. */
const ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
const SHA256 = 'ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA'
const MD5 = '0f:a2:0a:d7:38:3e:65:45:08:6b:63:84:1c:ff:dc:ba'

const hasKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined

const keygen = (...argv: string[]): string => {
  const done = spawnSync('ssh-keygen', argv, { encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout
}

/** Fingerprint as ssh-keygen itself says it. */
const printOf = (path: string, hash: 'sha256' | 'md5'): string =>
  keygen('-l', '-E', hash, '-f', path)
    .split(' ')[1]!
    .replace(/^[^:]+:/, '')

const ask = async (root: string, flags: Record<string, unknown>) =>
  (await askModule(sshkey, root, flags)).rows

const FORMS: readonly (readonly [
  name: string,
  argv: readonly string[],
  format: string,
  type: string,
  bits: number
])[] = [
  ['ed', ['-t', 'ed25519'], 'openssh', 'ed25519', 256],
  ['rsa', ['-t', 'rsa', '-b', '2048'], 'openssh', 'rsa', 2_048],
  ['short', ['-t', 'rsa', '-b', '1024', '-m', 'PEM'], 'pem', 'rsa', 1_024],
  ['p384', ['-t', 'ecdsa', '-b', '384', '-m', 'PEM'], 'pem', 'ecdsa-p384', 384],
  ['pk8', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8'], 'pkcs8', 'rsa', 2_048],
  ['p521', ['-t', 'ecdsa', '-b', '521', '-m', 'PKCS8'], 'pkcs8', 'ecdsa-p521', 521]
]

test('private keys of every form, with and without a passphrase, as ssh-keygen says of them', async t => {
  if (!hasKeygen) return t.diagnostic('no ssh-keygen here: the fixed keys below are all there is')
  const root = plant(t, { 'root/.ssh/x': '' })
  for (const [name, argv] of FORMS)
    for (const pass of ['', 'secret'])
      keygen('-q', ...argv, '-N', pass, '-C', 'the comment', '-f', join(root, 'root/.ssh', name + pass))
  const rows = await ask(root, { kind: ['private'] })
  for (const [name, , format, type, bits] of FORMS)
    for (const pass of ['', 'secret']) {
      const row = rows[column(rows, 'path').indexOf(`/root/.ssh/${name}${pass}`)]!
      // Only OpenSSH's own form tells the public half of what is encrypted.
      const dark = pass !== '' && format !== 'openssh'
      const file = join(root, 'root/.ssh', `${name}${pass}.pub`)
      assert.deepEqual(
        [row['format'], row['encrypted'], row['type'], row['bits'], row['sha256'], row['md5'], row['mode']],
        [
          format,
          pass !== '',
          dark ? (format === 'pem' ? type.replace(/-.*/, '') : undefined) : type,
          dark ? undefined : bits,
          dark ? undefined : printOf(file, 'sha256'),
          dark ? undefined : printOf(file, 'md5'),
          '-rw-------'
        ],
        name + pass
      )
    }
  assert.equal(rows.length, 2 * FORMS.length)
  const said = JSON.stringify(rows.map(row => Object.values(row).map(String)))
  assert.ok(!said.includes('comment'))
  for (const [name] of FORMS) {
    const [, blob] = readFileSync(join(root, `root/.ssh/${name}.pub`), 'utf8').split(' ')
    assert.ok(!said.includes(blob!.slice(20, 50)), 'no material')
  }
  assert.deepEqual(column(await ask(root, { weak: true, kind: ['private'] }), 'path'), ['/root/.ssh/short'])
  // Four of the encrypted ones keep to themselves what they are: a "no" about a fingerprint is partial then.
  const dark = async (flags: Record<string, unknown>) =>
    (await askModule(sshkey, root, flags)).outcome.errors['dark-key'] ?? 0
  const fingerprint = ['A'.repeat(43)]
  assert.equal(await dark({ fingerprint }), 4)
  assert.equal(await dark({ fingerprint, unencrypted: true }), 0)
  assert.equal(await dark({ fingerprint, kind: ['public'] }), 0)
  assert.equal(await dark({ type: ['ed25519'] }), 2, 'two labels tell the type')
  assert.equal(await dark({}), 0)
  assert.equal((await ask(root, { unencrypted: true })).length, FORMS.length)
  assert.equal((await ask(root, { encrypted: true, type: ['rsa'] })).length, 2)
})

test('DSA, by the numbers of a key that Node made', async t => {
  const { privateKey } = generateKeyPairSync('dsa', { modulusLength: 1_024, divisorLength: 160 })
  const root = plant(t, { 'root/dsa': privateKey.export({ type: 'pkcs8', format: 'pem' }) })
  const [row] = await ask(root, { weak: true })
  assert.deepEqual(
    [row!['type'], row!['bits'], row!['weak'], row!['encrypted']],
    ['dsa', 1_024, 'dsa', false]
  )
  if (!hasKeygen) return
  chmodSync(join(root, 'root/dsa'), 0o600)
  // An ssh-keygen without DSA has nothing to compare with.
  const said = spawnSync('ssh-keygen', ['-y', '-f', join(root, 'root/dsa')], { encoding: 'utf8' })
  if (said.status !== 0) return
  writeFileSync(join(root, 'dsa.pub'), said.stdout)
  assert.equal(row!['sha256'], printOf(join(root, 'dsa.pub'), 'sha256'))
})

const lists = (t: TestContext): string =>
  plant(t, {
    'home/a/.ssh/authorized_keys': `# ssh-ed25519 ${ED25519}\nssh-ed25519 ${ED25519} c\nfrom="10.0.0.*, x",command="echo \\"ssh-rsa AAAA\\"" ssh-ed25519 ${ED25519}\nssh-ed25519 AAAAbroken\nssh-rsa ${ED25519.slice(0, 30)}\n`,
    'home/a/.ssh/known_hosts': `h,192.0.2.1 ssh-ed25519 ${ED25519}\n@cert-authority *.example ssh-ed25519 ${ED25519}\n|1|a=|b= ssh-ed25519 ${ED25519}\n`,
    'home/a/notes.txt': 'ssh-ed25519 is a type; -----BEGIN RSA PRIVATE KEY----- begins a key\n',
    'etc/ssh/ssh_host_ed25519_key.pub': `ssh-ed25519 ${ED25519} root@h\n`,
    'srv/elsewhere.pub': `ssh-ed25519 ${ED25519}\n`
  })

test('authorised keys with options, known hosts with marks, host keys; by fingerprint in both forms', async t => {
  const root = lists(t)
  const rows = await ask(root, {})
  assert.deepEqual(rows.map((row, i) => `${column(rows, 'path')[i]}:${row['line']} ${row['kind']}`).sort(), [
    '/etc/ssh/ssh_host_ed25519_key.pub:1 public',
    '/home/a/.ssh/authorized_keys:2 authorised',
    '/home/a/.ssh/authorized_keys:3 authorised',
    '/home/a/.ssh/known_hosts:1 known',
    '/home/a/.ssh/known_hosts:2 known',
    '/home/a/.ssh/known_hosts:3 known'
  ])
  const [{ sha256, md5 } = {}] = rows
  for (const fingerprint of [`SHA256:${sha256}`, `${sha256}`, `MD5:${md5}`, `${md5}`.replaceAll(':', '')])
    assert.equal((await ask(root, { fingerprint: [fingerprint] })).length, 6, fingerprint)
  assert.equal((await ask(root, { fingerprint: [`SHA256:${'A'.repeat(43)}`] })).length, 0)
  assert.deepEqual(column(await ask(root, { path: ['/srv'] }), 'path'), ['/srv/elsewhere.pub'])
  assert.equal((await ask(root, { path: ['/home'], depth: 2 })).length, 0)
  assert.equal((await ask(root, { kind: ['known'], type: ['rsa'] })).length, 0)
  assert.deepEqual([sha256, md5], [SHA256, MD5])
})

test('broken, giant and strange files: an answer, and no link out of the root', async t => {
  const begin = '-----BEGIN OPENSSH PRIVATE KEY-----\n'
  const end = '-----END OPENSSH PRIVATE KEY-----\n'
  const cut = Buffer.concat([Buffer.from('openssh-key-v1\0'), Buffer.from('ffffffff', 'hex')]).toString(
    'base64'
  )
  const root = plant(t, {
    'root/cut': `${begin}${cut}\n${end}`,
    'root/junk': `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(4_000)}\n-----END PRIVATE KEY-----\n`,
    'root/open': begin.repeat(50_000).slice(0, 1 << 20),
    'root/large': `ssh-ed25519 ${ED25519}\n${'x'.repeat(1 << 20)}`,
    'root/known_hosts': `h ssh-ed25519 ${ED25519}\n`.repeat(100_000),
    'root/quotes': `${'"\\'.repeat(200_000)} ssh-ed25519 ${ED25519}`
  })
  mkdirSync(join(root, 'home'))
  symlinkSync('/etc', join(root, 'home/out'))
  symlinkSync('../../../../etc/ssh', join(root, 'home/up'))
  const priv = await ask(root, { kind: ['private'] })
  assert.deepEqual(
    column(priv, 'path').sort(),
    ['/root/cut', '/root/junk'],
    'they look like keys; of what kind, nobody can say'
  )
  assert.ok(priv.every(row => row['type'] === undefined && row['sha256'] === undefined))
  const { rows, outcome } = await askModule(sshkey, root, { kind: ['known', 'public'] })
  assert.deepEqual([rows.length, outcome.limit, outcome.coverage.unreadable], [1_000, 'limit-rows', 0])
  const read = await askModule(sshkey, root, {}, { limits: { readBytes: 1_000 } })
  assert.equal(read.outcome.limit, 'limit-bytes')
})

test('what can not be meant is refused by the name of its flag', () => {
  for (const [flags, name] of [
    [{ fingerprint: ['SHA256:short'] }, '--fingerprint'],
    [{ path: ['home'] }, '--path'],
    [{ path: ['/a/../b'] }, '--path'],
    [{ depth: 0 }, '--depth'],
    [{ kind: ['secret'] }, '--kind'],
    [{ encrypted: true, unencrypted: true }, '--encrypted']
  ] as const)
    assert.throws(
      () => sshkey.fromFlags(flags as Record<string, unknown>, 0),
      (error: Error) => codeOf(error) === 'bad-params' && error.message.includes(name)
    )
})
