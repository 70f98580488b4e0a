import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { enrolWith } from '../../agent/home.ts'
import { giveHome } from '../../agent/install/host.ts'
import { privateDirectory, refuseOpenAbove } from '../../src/cli/home.ts'
import { encodeEnrolment } from '../../src/documents/enrolment.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { ROOT } from '../source-tree.ts'
import { plant } from '../support/ask-file.ts'
import { testDirectory } from '../support/directory.ts'
import { makeTestMesh, NOW } from '../support/mesh.ts'

/**
 * T21. Another user of the host may change a directory above a home: he moves the home away and puts his own in its place,
 * with a charter and keys of his, or a link that root writes through. Expected: no program opens a home there; where nobody
 * but its owner and root can do that, it opens as ever.
 */

const MALLORY = 12_345
const root = process.getuid?.() === 0
const NOT_ROOT = 'Only root can make what is another user’s.'
const OPEN = { code: 'home-open' }

/** A home two directories below one of this mode and owner. */
const homeBelow = (t: TestContext, mode: number, uid?: number, gid?: number): string => {
  const above = join(plant(t), 'above')
  const home = join(above, 'between', 'home')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  chmodSync(home, 0o700)
  if (uid !== undefined) chownSync(above, uid, gid ?? uid)
  chmodSync(above, mode)
  return home
}

test('a home below a directory that everybody may change is refused, and told which it is', t => {
  for (const mode of [0o777, 0o707, 0o702, 0o772]) {
    const home = homeBelow(t, mode)
    assert.throws(() => privateDirectory(home), OPEN, mode.toString(8))
    assert.throws(() => privateDirectory(home), { fix: /^chmod g?o-w .*above$/ })
  }
  for (const mode of [0o700, 0o755, 0o711, 0o1777, 0o1755, 0o775]) {
    const home = homeBelow(t, mode)
    privateDirectory(home)
    privateDirectory(join(home, 'made'))
  }
})

test('the group of the directory counts, but for the own one of its owner', t => {
  if (!root) return t.diagnostic(NOT_ROOT)
  const groups = (gid: number, mode: number) => () => privateDirectory(homeBelow(t, mode, 0, gid))
  assert.throws(groups(50, 0o775), OPEN)
  assert.throws(groups(50, 0o2770), OPEN)
  groups(50, 0o1775)()
  groups(50, 0o755)()
  groups(0, 0o775)()
  refuseOpenAbove(homeBelow(t, 0o2775, 0, 50), { groups: true })
  assert.throws(() => refuseOpenAbove(homeBelow(t, 0o777, 0, 50), { groups: true }), OPEN)
})

test('a directory above that is another user’s, or a link that he may turn, is refused', t => {
  if (!root) return t.diagnostic(NOT_ROOT)
  for (const mode of [0o700, 0o755, 0o1777])
    assert.throws(() => privateDirectory(homeBelow(t, mode, MALLORY)), OPEN)
  const [here, there] = [plant(t), plant(t)]
  mkdirSync(join(there, 'home'), { mode: 0o700 })
  symlinkSync(there, join(here, 'link'))
  privateDirectory(join(here, 'link/home'))
  lchownSync(join(here, 'link'), MALLORY, MALLORY)
  assert.throws(() => privateDirectory(join(here, 'link/home')), OPEN)
  // What a link of ours leads to counts as well.
  lchownSync(join(here, 'link'), 0, 0)
  chmodSync(there, 0o777)
  assert.throws(() => privateDirectory(join(here, 'link/home')), OPEN)
})

test('root enrols no host in a home that somebody else has made, nor below a place of his', async t => {
  if (!root) return t.diagnostic(NOT_ROOT)
  const mesh = await makeTestMesh()
  const key = makeIdentity()
  const grant = await mesh.signGrant(key)
  const file = encodeEnrolment({ charters: [...mesh.chain.envelopes(0)], grant, seed: key.seed })
  const base = plant(t)
  chmodSync(base, 0o1777)
  const planted = join(base, 'planted')
  mkdirSync(planted, { mode: 0o700 })
  chownSync(planted, MALLORY, MALLORY)
  await assert.rejects(enrolWith(planted, file, '/', NOW), OPEN)
  assert.deepEqual(readdirSync(planted), [])
  const theirs = join(base, 'theirs')
  mkdirSync(theirs, { mode: 0o755 })
  chownSync(theirs, MALLORY, MALLORY)
  await assert.rejects(enrolWith(join(theirs, 'home'), file, '/', NOW), OPEN)
  // In a sticky directory nobody renames what is root's.
  await enrolWith(join(base, 'own'), file, '/', NOW)
  renameSync(join(base, 'own'), join(base, 'moved'))
})

test('root gives nothing away that another user has put into a home of root’s', t => {
  if (!root) return t.diagnostic(NOT_ROOT)
  const base = plant(t)
  const secret = join(base, 'secret')
  writeFileSync(secret, 'x', { mode: 0o600 })
  const home = join(base, 'home')
  mkdirSync(join(home, 'store'), { recursive: true, mode: 0o700 })
  linkSync(secret, join(home, 'identity'))
  symlinkSync(base, join(home, 'store', 'away'))
  for (const mode of [0o777, 0o770, 0o1777, 0o705]) {
    chmodSync(home, mode)
    assert.throws(() => giveHome(home, MALLORY, MALLORY), OPEN, mode.toString(8))
    assert.deepEqual([lstatSync(secret).uid, lstatSync(home).uid], [0, 0])
  }
  rmSync(join(home, 'identity'))
  chmodSync(home, 0o700)
  assert.equal(giveHome(home, MALLORY, MALLORY), 'made')
  assert.deepEqual([lstatSync(base).uid, lstatSync(secret).uid], [0, 0], 'no link is followed')
  assert.equal(lstatSync(join(home, 'store', 'away')).uid, MALLORY)
  assert.equal(giveHome(home, 0, 0), 'unchanged')
})

test('a process that holds a secret key leaves no core behind when it crashes', async t => {
  if (readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim() !== 'core')
    return t.diagnostic('This kernel writes cores elsewhere.')
  const module = (path: string) => JSON.stringify(join(ROOT, path))
  const crash = (before: string): string[] => {
    const directory = testDirectory()
    const program = `${before}; process.abort()`
    const shell = 'ulimit -c 64 && exec "$0" --input-type=module -e "$1"'
    spawnSync('/bin/sh', ['-c', shell, process.execPath, program], { cwd: directory, timeout: 60_000 })
    return readdirSync(directory).filter(name => name.startsWith('core'))
  }
  if (crash('1').length === 0) return t.diagnostic('No core is written here at all.')
  const asks = `await (await import(${module('src/cli/secret.ts')})).readSecret('', { passphraseFd: 0 })`
  assert.deepEqual(crash(asks), [])
  assert.deepEqual(crash(`await (await import(${module('src/run/fence.ts')})).traceNobody()`), [])
})
