import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { homeLayout } from '../../../console/home-layout.ts'
import { currentSession, lock, openSession } from '../../../console/keys/session.ts'
import {
  findKey,
  importSecretKey,
  keepSecretKey,
  listKeys,
  openKey,
  removeKey,
  setDefaultKey
} from '../../../console/keys/store.ts'
import type { Clock } from '../../../src/clock.ts'
import { systemClock } from '../../../src/clock.ts'
import { utf8Bytes } from '../../../src/codec.ts'
import { decodeEnvelope } from '../../../src/documents/envelope.ts'
import { read } from '../../../src/documents/read.ts'
import { LIMITS } from '../../../src/limits.ts'
import { makeKey, verifyDetached } from '../../../src/trust/pgp.ts'

const START = Date.parse('2026-11-24T12:00:00Z')
const mesh = 'ab'.repeat(32)
let home: string
let now: number
const clock: Clock = { ...systemClock, now: () => now }
const silent = async () => undefined

beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'gumshoe-keys-')), 'home')
  now = START
})
afterEach(() => rmSync(join(home, '..'), { recursive: true, force: true }))

const modes = (directory: string): number[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).map(
    entry => statSync(join(entry.parentPath, entry.name)).mode & 0o077
  )

test('keys are kept 0600, the first is the default, and a name finds one', async () => {
  const anna = await makeKey('Anna <anna@x>', { now, passphrase: 'secret' })
  const paul = await makeKey('Paul <paul@x>', { now })
  keepSecretKey(home, anna)
  await importSecretKey(home, paul.secret)
  assert.deepEqual(new Set(modes(home)), new Set([0]))
  assert.equal((await findKey(home)).fingerprint, anna.fingerprint)
  assert.equal((await findKey(home, 'paul')).fingerprint, paul.fingerprint)
  assert.equal((await findKey(home, paul.fingerprint.slice(-8).toUpperCase())).fingerprint, paul.fingerprint)
  await assert.rejects(findKey(home, '@x'), { code: 'no-key' })
  await assert.rejects(findKey(home, 'nobody'), { code: 'no-key' })
  await setDefaultKey(home, 'paul')
  assert.deepEqual((await listKeys(home)).map(key => key.isDefault && key.uid).filter(Boolean), [
    'Paul <paul@x>'
  ])
  assert.throws(() => keepSecretKey(home, anna), { code: 'home-exists' })
  await removeKey(home, 'paul')
  assert.equal((await findKey(home)).fingerprint, anna.fingerprint)
})

test('a passphrase is asked for only where there is one', async () => {
  const anna = await makeKey('anna', { now, passphrase: 'secret' })
  const paul = await makeKey('paul', { now })
  keepSecretKey(home, anna)
  keepSecretKey(home, paul)
  let asked = 0
  const ask = async () => {
    asked++
    return 'secret'
  }
  const open = await openKey(home, await findKey(home, 'paul'), ask, clock)
  assert.equal(asked, 0)
  assert.equal(open.fingerprint, paul.fingerprint)
  await openKey(home, await findKey(home, 'anna'), ask, clock)
  assert.equal(asked, 1)
  await assert.rejects(openKey(home, await findKey(home, 'anna'), silent, clock), {
    code: 'bad-passphrase',
    message: /anna/,
    fix: /--passphrase-fd/
  })
})

test('a passphrase that was mistyped is asked for again, three times in all; a descriptor is read once', async () => {
  keepSecretKey(home, await makeKey('anna', { now, passphrase: 'secret' }))
  const asked: [string, boolean][] = []
  const typing = (...words: (string | undefined)[]) => {
    asked.length = 0
    return async (question: string, again = false) => {
      asked.push([question.split('.')[0]!, again])
      return words.shift()
    }
  }
  const open = async (ask: Parameters<typeof openKey>[2]) => openKey(home, await findKey(home), ask, clock)
  await open(typing('slip', 'secret'))
  assert.deepEqual(
    asked.map(([, again]) => again),
    [false, true]
  )
  assert.equal(asked[1]![0], 'That is not it')
  await assert.rejects(open(typing('a', 'b', 'c', 'secret')), { code: 'bad-passphrase' })
  assert.equal(asked.length, 3)
  await assert.rejects(open(typing('a', undefined)), { code: 'bad-passphrase' })
  assert.equal(asked.length, 2)
})

test('a home without keys, and one that others may read, are said', async () => {
  await assert.rejects(findKey(home), { code: 'no-key' })
  keepSecretKey(home, await makeKey('anna', { now }))
  chmodSync(homeLayout(home).keys, 0o755)
  await assert.rejects(listKeys(home), { code: 'home-open' })
  chmodSync(homeLayout(home).keys, 0o700)
  const key = await findKey(home)
  chmodSync(homeLayout(home).key(key.fingerprint).secret, 0o644)
  await assert.rejects(openKey(home, key, silent, clock), { code: 'home-open' })
})

test('a session asks the key once, for ten hours, and its voucher verifies', async () => {
  const anna = await makeKey('anna', { now })
  keepSecretKey(home, anna)
  let touches = 0
  const key = {
    fingerprint: anna.fingerprint,
    open: async () => {
      touches++
      return await openKey(home, await findKey(home), silent, clock)
    }
  }
  const first = await openSession(home, mesh, key, clock)
  now += LIMITS.sessionMs - 1
  const again = await openSession(home, mesh, key, clock)
  assert.equal(touches, 1)
  assert.equal(again.identity.peer, first.identity.peer)
  const { bytes, signatures } = decodeEnvelope(first.voucher)
  const voucher = read(bytes, 'gumshoe/voucher/1')
  assert.equal(voucher.peer, first.identity.peer)
  assert.equal(voucher.mesh, mesh)
  assert.equal(voucher.until, '2026-11-25T00:00:00Z')
  assert.deepEqual(await verifyDetached(bytes, signatures[0]!, [anna], now), {
    fingerprint: anna.fingerprint,
    ok: true
  })
  assert.deepEqual(new Set(modes(homeLayout(home).session)), new Set([0]))
  now += 2
  assert.notEqual((await openSession(home, mesh, key, clock)).identity.peer, first.identity.peer)
  assert.equal(touches, 2)
})

test('another mesh, another key and a clock turned back end a session', async () => {
  const anna = await makeKey('anna', { now })
  const holder = {
    fingerprint: anna.fingerprint,
    sign: async () => utf8Bytes('s'),
    decrypt: async () => utf8Bytes('')
  }
  const key = { fingerprint: anna.fingerprint, open: async () => holder }
  await openSession(home, mesh, key, clock)
  assert.ok(currentSession(home, mesh, clock))
  assert.equal(currentSession(home, 'cd'.repeat(32), clock), undefined)
  now -= 360_000
  assert.equal(currentSession(home, mesh, clock), undefined)
  now += 360_000
  let asked = 0
  const other = {
    fingerprint: 'f'.repeat(40),
    open: async () => {
      asked++
      return { ...holder, fingerprint: 'f'.repeat(40) }
    }
  }
  await openSession(home, mesh, other, clock)
  assert.equal(asked, 1)
})

test('lock drops the console key and every unlocked sealing key', async () => {
  const holder = {
    fingerprint: 'f'.repeat(40),
    sign: async () => utf8Bytes('s'),
    decrypt: async () => utf8Bytes('')
  }
  const session = await openSession(
    home,
    mesh,
    { fingerprint: holder.fingerprint, open: async () => holder },
    clock
  )
  session.keepSealingKey(mesh, new Uint8Array(32).fill(5))
  assert.deepEqual(session.sealingKey(mesh), new Uint8Array(32).fill(5))
  assert.throws(() => session.sealingKey('../../etc/passwd'), { code: 'internal' })
  assert.equal(lock(home), true)
  assert.equal(session.sealingKey(mesh), undefined)
  assert.equal(currentSession(home, mesh, clock), undefined)
  assert.equal(lock(home), false)
})
