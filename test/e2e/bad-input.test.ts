import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { type Finished, Fleet, freePort, type Program } from '../../console/tour/fleet.ts'

/** Bad input, as it is typed: a sentence that names the thing and the fix, a stable code, the exit status of screens.md, no stack trace, nothing half done. */
const directory = mkdtempSync(join(tmpdir(), 'gumshoe-bad-'))
const fleet = new Fleet(directory, resolve(import.meta.dirname, '../..'))
const at = (name: string): string => join(directory, name)
after(async () => {
  await fleet.stop()
  rmSync(directory, { recursive: true, force: true })
})

const vector = (name: string): string => resolve(import.meta.dirname, `../vectors/mig/${name}.json`)

const good = async (program: Program, ...args: string[]): Promise<Finished> => {
  const done = await fleet.run(program, args)
  assert.equal(done.status, 0, `${program} ${args.join(' ')}\n${done.screen}`)
  return done
}

const bad = async (
  status: number,
  code: string,
  names: RegExp,
  program: Program,
  ...args: string[]
): Promise<void> => {
  const { status: got, stderr, screen } = await fleet.run(program, args)
  assert.match(stderr, new RegExp(`error\\[${code}\\]`), screen)
  assert.match(stderr, names)
  assert.match(stderr, /\nfix: ./)
  assert.doesNotMatch(screen, /\n\s+at .*:\d+/, 'there is a stack trace')
  assert.equal(got, status, screen)
}

let port = 0
before(async () => {
  port = await freePort()
  const line = (
    await good(
      'gumshoe-bootstrap',
      'init',
      '--home',
      at('b1'),
      '--name',
      'b1',
      '--listen',
      `/ip4/127.0.0.1/tcp/${port}`
    )
  ).stdout.trim()
  writeFileSync(at('passphrase'), 'correct horse\n')
  await good('gumshoe', 'key', 'make', 'anna', '--no-passphrase', '--home', at('anna'))
  const create = [
    'mesh',
    'create',
    'bad',
    '--lab',
    '--yes',
    '--home',
    at('anna'),
    '--admin',
    'anna=me',
    '--investigator',
    'anna:2=me',
    '--bootstrap',
    line
  ]
  await good(
    'gumshoe',
    ...create,
    '--recovery',
    at('recovery.key'),
    '--no-recovery-passphrase',
    '-o',
    at('bad.charter')
  )
})

const file = (...args: string[]): string[] => ['file', '--home', at('anna'), '--yes', ...args]

test('what is typed wrong is named before anything is sent', async () => {
  await bad(2, 'usage', /nope/, 'gumshoe', ...file('--nope', '-t', 'all'))
  await bad(2, 'usage', /fil/, 'gumshoe', 'fil', '--home', at('anna'))
  await bad(2, 'bad-target', /-t/, 'gumshoe', ...file('--path', '/etc'))
  await bad(2, 'bad-target', /character/, 'gumshoe', ...file('--path', '/etc', '-t', 'role=web and'))
  await bad(2, 'bad-params', /--name/, 'gumshoe', ...file('--path', '/etc', '--name', '(', '-t', 'all'))
  await bad(2, 'bad-params', /--size/, 'gumshoe', ...file('--path', '/etc', '--size', '10q', '-t', 'all'))
  await bad(2, 'bad-params', /--md5/, 'gumshoe', ...file('--path', '/etc', '--md5', 'abc', '-t', 'all'))
  await bad(2, 'bad-params', /path/, 'gumshoe', ...file('--path', 'etc', '-t', 'all'))
})

test('no bootstrap node reachable: nothing was sent', async () => {
  await bad(5, 'unreached', /bootstrap node/, 'gumshoe', 'agents', '--home', at('anna'))
})

test('a home that others may read, and one that is not there', async () => {
  chmodSync(at('b1'), 0o755)
  await bad(8, 'home-open', /b1/, 'gumshoe-bootstrap', 'run', '--home', at('b1'))
  chmodSync(at('b1'), 0o700)
  await bad(2, 'no-home', /nobody/, 'gumshoe', 'agents', '--home', at('nobody'))
  await bad(2, 'no-home', /nobody/, 'gumshoe-agent', 'run', '--home', at('nobody'))
  assert.equal(existsSync(at('nobody')), false, 'a home was half made')
  await bad(2, 'not-found', /passphrase/, 'gumshoe', 'agents', '--home', at('passphrase'))
})

test('what is wrong with the address of a node or an agent is said before anything is made', async () => {
  const init = (name: string, ...args: string[]) =>
    bad(2, 'usage', new RegExp(name), 'gumshoe-bootstrap', 'init', '--home', at('nobody'), ...args)
  await init('7070', '--name', 'b2', '--listen', '7070')
  await init('--name Not A Name', '--name', 'Not A Name')
  await good('gumshoe', 'enrol', '--home', at('anna'), '--tag', 'role=db', '--yes', '-o', at('db.enrol'))
  const run = ['run', '--home', at('nobody'), '--enrol', at('db.enrol')]
  await bad(2, 'usage', /127\.0\.0\.1:80/, 'gumshoe-agent', ...run, '--listen', '127.0.0.1:80')
  await bad(2, 'not-found', /nowhere/, 'gumshoe-agent', ...run, '--root', at('nowhere'))
  assert.equal(existsSync(at('nobody')), false, 'a home was half made')
})

test('a port in use, a second process on one home, a charter that does not verify', async () => {
  const server = createServer()
  await new Promise<void>(done => server.listen(port, '127.0.0.1', done))
  try {
    await bad(
      8,
      'port-in-use',
      new RegExp(String(port)),
      'gumshoe-bootstrap',
      'run',
      '--home',
      at('b1'),
      '--charter',
      at('bad.charter')
    )
  } finally {
    await new Promise(done => server.close(done))
  }
  await fleet.start('b1', 'gumshoe-bootstrap', ['run', '--home', at('b1')], /"event":"ready"/)
  await bad(8, 'store-locked', /b1/, 'gumshoe-bootstrap', 'run', '--home', at('b1'))
  const charter = readFileSync(at('bad.charter'))
  charter[charter.length - 40]! ^= 1
  writeFileSync(at('forged.charter'), charter)
  await bad(
    4,
    'charter-invalid',
    /charter/,
    'gumshoe',
    'mesh',
    'join',
    at('forged.charter'),
    '--home',
    at('other')
  )
  assert.equal(existsSync(join(at('other'), 'charters.cbor')), false, 'a false charter was kept')
  await bad(7, 'nobody', /target/, 'gumshoe', ...file('--path', '/etc', '-t', 'role=web'))
  const mig = ['sshd_backdoor', 'linux-compromised-shells'].map(vector)
  await bad(
    7,
    'nobody',
    /: 1 of 2\n[\s\S]*: 2 of 2\n/,
    'gumshoe',
    'import',
    'mig',
    ...mig,
    ...['--home', at('anna'), '--yes', '-t', 'role=web']
  )
  await fleet.kill('b1')
})

test('a wrong passphrase', async () => {
  const { spawnSync } = await import('node:child_process')
  const shell = (command: string) => spawnSync('bash', ['-c', command], { encoding: 'utf8' })
  const gumshoe = `${process.execPath} ${fleet.launcher('gumshoe')}`
  const made = shell(`${gumshoe} key make paul --home ${at('paul')} --passphrase-fd 3 3< ${at('passphrase')}`)
  assert.equal(made.status, 0, made.stderr)
  await good('gumshoe', 'key', 'export', '--home', at('paul'), '-o', at('paul.pub'))
  await fleet.start('b1', 'gumshoe-bootstrap', ['run', '--home', at('b1')], /"event":"ready"/)
  await good(
    'gumshoe',
    'mesh',
    'add',
    'investigator',
    `paul:1=${at('paul.pub')}`,
    '--home',
    at('anna'),
    '--yes'
  )
  await good('gumshoe', 'mesh', 'show', '--home', at('anna'), '-o', at('v2.charter'))
  await good('gumshoe', 'mesh', 'join', at('v2.charter'), '--home', at('paul'))
  writeFileSync(at('wrong'), 'wrong horse\n')
  const wrong = shell(`${gumshoe} agents --home ${at('paul')} --passphrase-fd 3 3< ${at('wrong')}`)
  assert.match(wrong.stderr, /error\[bad-passphrase\]/)
  assert.equal(wrong.status, 6)
  await fleet.kill('b1')
})

test('a store of a newer version is left alone', async () => {
  const mark = join(at('b1'), 'db.mark')
  const made = JSON.parse(readFileSync(mark, 'utf8'))
  writeFileSync(mark, JSON.stringify({ ...made, version: 99 }))
  await bad(8, 'store-newer', /99/, 'gumshoe-bootstrap', 'run', '--home', at('b1'))
})
