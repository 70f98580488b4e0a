import assert from 'node:assert/strict'
import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { addressLine, initHome, openCharter, readHome } from '../../bootstrap-nodes/home.ts'
import { encodeCharterFile } from '../../src/documents/charter-file.ts'
import type { GumshoeError } from '../../src/errors.ts'
import { testDirectory } from '../support/directory.ts'
import { makeTestMesh, NOW } from '../support/mesh.ts'

const FIELDS = {
  name: 'b1',
  listen: ['/ip4/0.0.0.0/tcp/7070'],
  announce: ['/dns4/gum1.example.org/tcp/7070']
}

test('a node keeps its identity, and nobody else can read it', () => {
  const home = join(testDirectory(), 'home')
  const made = initHome(home, FIELDS)
  const read = readHome(home)
  assert.equal(read.identity.peer, made.identity.peer)
  assert.equal(statSync(home).mode & 0o777, 0o700)
  assert.equal(statSync(join(home, 'node.cbor')).mode & 0o777, 0o600)
  assert.equal(
    addressLine(read),
    `b1=/dns4/gum1.example.org/tcp/7070/p2p/${made.identity.peer}`,
    'what is announced goes before what is listened on'
  )
  // Whoever has lost the printed line is told it.
  assert.throws(
    () => initHome(home, FIELDS),
    (error: GumshoeError) =>
      error.code === 'home-exists' && error.message.endsWith(` ${addressLine(readHome(home))}`)
  )
  assert.equal(readHome(home).identity.peer, made.identity.peer)
})

test('a home that others may enter is refused, and one that is none says what to do', () => {
  const home = join(testDirectory(), 'home')
  assert.throws(() => readHome(home), { code: 'no-home', fix: /init/ })
  initHome(home, FIELDS)
  chmodSync(home, 0o755)
  assert.throws(() => readHome(home), { code: 'home-open' })
  chmodSync(home, 0o700)
  chmodSync(join(home, 'node.cbor'), 0o644)
  assert.throws(() => readHome(home), { code: 'home-open' })
})

test('a name that the charter would not take is refused at once', () => {
  const home = join(testDirectory(), 'home')
  assert.throws(() => initHome(home, { ...FIELDS, name: 'B 1' }), { code: 'usage', message: /name/ })
})

test('an address that nobody could dial is refused before anything is made', () => {
  const home = join(testDirectory(), 'home')
  for (const announce of ['gum1.example.org:7070', '/ip4/10.0.0.1/tcp/99999', '/ip4/10.0.0.1/udp/7070'])
    assert.throws(() => initHome(home, { ...FIELDS, announce: [announce] }), { code: 'usage' }, announce)
  assert.throws(() => readHome(home), { code: 'no-home' })
})

test('the charter comes from a file at first, is kept, grows by newer files, and never goes back', async () => {
  const home = testDirectory()
  const mesh = await makeTestMesh()
  const first = encodeCharterFile(mesh.chain.envelopes())
  await assert.rejects(openCharter(home, undefined, NOW), { code: 'no-home', fix: /--charter/ })
  assert.equal((await openCharter(home, first, NOW)).current.charter.version, 1)
  await mesh.advance({ name: 'second' })
  await mesh.advance({ name: 'third' })
  const third = encodeCharterFile(mesh.chain.envelopes())
  assert.equal((await openCharter(home, third, NOW)).current.charter.version, 3)
  assert.equal((await openCharter(home, first, NOW)).current.charter.version, 3)
  assert.equal((await openCharter(home, undefined, NOW)).current.charter.version, 3)
})

test('a charter of another mesh, and one that was altered, are refused', async () => {
  const home = testDirectory()
  const [mesh, other] = [await makeTestMesh(), await makeTestMesh()]
  await openCharter(home, encodeCharterFile(mesh.chain.envelopes()), NOW)
  await other.advance({ name: 'second' })
  await assert.rejects(openCharter(home, encodeCharterFile(other.chain.envelopes()), NOW), {
    code: 'wrong-mesh'
  })
  const file = encodeCharterFile(mesh.chain.envelopes())
  file[file.length - 20]! ^= 1
  await assert.rejects(openCharter(testDirectory(), file, NOW))
  writeFileSync(join(home, 'charters.cbor'), 'garbage')
  await assert.rejects(openCharter(home, undefined, NOW))
})

test('chaos disk: a start writes nothing that is there already, so that a full disk does not hinder it', async () => {
  const home = testDirectory()
  const first = encodeCharterFile((await makeTestMesh()).chain.envelopes())
  await openCharter(home, first, NOW)
  const before = statSync(join(home, 'charters.cbor')).ino
  await openCharter(home, first, NOW)
  await openCharter(home, undefined, NOW)
  assert.equal(statSync(join(home, 'charters.cbor')).ino, before)
})
