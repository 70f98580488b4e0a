import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { homeOf, privateDirectory, readPrivate, writePrivate } from '../../../src/cli/home.ts'
import { utf8Bytes } from '../../../src/codec.ts'

let directory: string
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'gumshoe-home-'))
})
after(() => rmSync(directory, { recursive: true, force: true }))

test('--home comes before the variable, the variable before the default', () => {
  assert.equal(homeOf('gumshoe', '/a', { GUMSHOE_HOME: '/b' }), '/a')
  assert.equal(homeOf('gumshoe', undefined, { GUMSHOE_HOME: '/b' }), '/b')
  assert.equal(homeOf('gumshoe-agent', undefined, { GUMSHOE_HOME: '/b', GUMSHOE_AGENT_HOME: '/c' }), '/c')
  assert.equal(homeOf('gumshoe', undefined, {}), join(homedir(), '.gumshoe'))
})

test('directories are 0700 and files 0600, whatever the umask', () => {
  const before = process.umask(0)
  try {
    const home = join(directory, 'new/home')
    privateDirectory(home)
    writePrivate(join(home, 'sub/file'), utf8Bytes('one'))
    assert.deepEqual(
      [home, join(home, 'sub'), join(home, 'sub/file')].map(path => statSync(path).mode & 0o777),
      [0o700, 0o700, 0o600]
    )
  } finally {
    process.umask(before)
  }
})

test('what can not be written names the file, and leaves nothing beside it', () => {
  const home = join(directory, 'full')
  privateDirectory(join(home, 'file'))
  assert.throws(() => writePrivate(join(home, 'file'), utf8Bytes('one')), { path: join(home, 'file') })
  assert.deepEqual(readdirSync(home), ['file'])
  writePrivate(join(home, 'other'), utf8Bytes('one'))
  assert.throws(() => privateDirectory(join(home, 'other')), { code: 'EEXIST', path: join(home, 'other') })
})

test('what others may read or enter is refused, with the command that mends it', () => {
  const home = join(directory, 'open')
  privateDirectory(home)
  const file = join(home, 'key')
  writePrivate(file, utf8Bytes('secret'))
  for (const mode of [0o604, 0o640, 0o660, 0o602]) {
    chmodSync(file, mode)
    assert.throws(() => readPrivate(file), { code: 'home-open', fix: `chmod go-rwx ${file}` })
  }
  chmodSync(home, 0o755)
  assert.throws(() => privateDirectory(home), { code: 'home-open', fix: `chmod go-rwx ${home}` })
})

test('a write replaces all or nothing and leaves nothing beside', () => {
  const home = join(directory, 'write')
  privateDirectory(home)
  const file = join(home, 'file')
  writePrivate(file, utf8Bytes('one'))
  writePrivate(file, utf8Bytes('two'))
  assert.equal(new TextDecoder().decode(readPrivate(file)), 'two')
  assert.deepEqual(readdirSync(home), ['file'])
  assert.equal(readPrivate(join(home, 'none')), undefined)
})

test('a link to elsewhere is no private file', () => {
  const home = join(directory, 'link')
  privateDirectory(home)
  writePrivate(join(home, 'real'), utf8Bytes('x'))
  symlinkSync(join(home, 'real'), join(home, 'link'))
  assert.throws(() => readPrivate(join(home, 'link')), { code: 'home-open' })
})

test('a home of another user is refused, but for root, who looks after services', async () => {
  const home = join(directory, 'theirs')
  privateDirectory(home)
  const asRoot = process.getuid?.() === 0
  if (asRoot) chownSync(home, 12_345, 12_345)
  const look = () => privateDirectory(home)
  if (asRoot) look()
  // Another user can't be had without root: then the process says that it is one.
  const own = process.geteuid
  process.geteuid = () => 54_321
  try {
    assert.throws(look, { code: 'home-open' })
  } finally {
    process.geteuid = own!
  }
})
