import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { TestHost } from '../support/host.ts'
import { DAY, HOUR, makeTestMesh, NOW, type TestMesh } from '../support/mesh.ts'

/**
 * T11. A member of the mesh sends a true action again: as it is, in another wrapping, after a kill, after a purge of the
 * run records, with the clock turned back. Expected: at most one run.
 */

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

test('the same bytes 100,000 times from 50 peers at once', async () => {
  const host = new TestHost(mesh)
  const { raw, id } = await mesh.signAction({}, 'julien')
  for (let round = 0; round < 2_000; round++)
    await Promise.all(Array.from({ length: 50 }, () => host.offer(raw)))
  assert.deepEqual(host.ran, [id])
  assert.equal(host.verifications, 1)
  assert.equal(host.forwarded, 1)
})

test('in another wrapping: more, fewer, doubled, reordered signatures', async () => {
  const host = new TestHost(mesh)
  const { raw, id } = await mesh.signAction({}, 'julien', 'joe')
  const { bytes, signatures } = decodeEnvelope(raw)
  const [one, two] = signatures as [Uint8Array, Uint8Array]
  const wrappings = [[two, one], [one], [two], [one, one, two], [two, two], [one, two, one, two]]
  await Promise.all(wrappings.map(some => host.offer(encodeEnvelope({ bytes, signatures: some }))))
  for (const some of wrappings)
    assert.equal(await host.say(encodeEnvelope({ bytes, signatures: some })), 'ignore known')
  assert.deepEqual(host.ran, [id])
})

test('killed after the record was written and before the run: it does not run again', async () => {
  const host = new TestHost(mesh)
  const { raw, id } = await mesh.signAction({}, 'julien')
  await host.context().record({ id } as never, 'run')
  host.restart()
  assert.equal(await host.say(raw), 'ignore known')
  assert.deepEqual(host.ran, [])
})

test('killed while the record was being written: nothing ran, so it runs later, once', async () => {
  const host = new TestHost(mesh)
  const { raw, id } = await mesh.signAction({}, 'julien')
  const never = new Promise<void>(() => undefined)
  void host.offer(raw, { record: () => never })
  await new Promise(setImmediate)
  host.restart()
  assert.deepEqual(host.ran, [])
  assert.equal(await host.say(raw), 'accept')
  assert.deepEqual(host.ran, [id])
})

test('after the records were purged the floor stands, whatever the clock says', async () => {
  const host = new TestHost(mesh)
  const { raw, id } = await mesh.signAction({}, 'julien')
  assert.equal(await host.say(raw), 'accept')
  // Ninety days later the record goes, and the floor rises to the end of what it was about.
  host.records.clear()
  host.floor = NOW + HOUR
  host.restart()
  for (const now of [NOW, NOW + HOUR, NOW + 90 * DAY]) {
    host.now = now
    assert.match(await host.say(raw), /^ignore (expired|known)$/)
    host.restart()
  }
  assert.deepEqual(host.ran, [id])
})

test('a replay under another id is another document, which nobody signed', async () => {
  const host = new TestHost(mesh)
  const { raw } = await mesh.signAction({}, 'julien')
  const { bytes, signatures } = decodeEnvelope(raw)
  const text = new TextDecoder().decode(bytes)
  const other = text.replace(/"nonce":"./, found => `${found.slice(0, -1)}${found.endsWith('A') ? 'B' : 'A'}`)
  assert.notEqual(other, text)
  const replay = encodeEnvelope({ bytes: new TextEncoder().encode(other), signatures })
  assert.equal(await host.say(replay), 'reject bad-signature')
})

test('in another mesh with the same investigators it is another mesh’s', async () => {
  const other = await makeTestMesh()
  const host = new TestHost(other)
  assert.equal(await host.say((await mesh.signAction({}, 'julien')).raw), 'reject wrong-mesh')
})
