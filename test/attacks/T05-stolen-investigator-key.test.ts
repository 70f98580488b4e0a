import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { toBase64 } from '../../src/codec.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { write } from '../../src/documents/write.ts'
import { namesOfKey } from '../../src/trust/pgp.ts'
import { TestHost } from '../support/host.ts'
import { makeTestMesh, type TestMesh } from '../support/mesh.ts'

/**
 * T5. A thief with one investigator's key wants to run anything everywhere. Expected: one key is one person, it runs what
 * that person may ask alone, so often, and nothing after it was revoked.
 */

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})
const kill = {
  operations: [{ id: 'o1', module: 'kill/1', params: { ask: 'a' } }],
  note: 'AAAA',
  ceilingPpm: 50_000
}

test('what asks for two persons does not run with one, however often he signs', async () => {
  const host = new TestHost(mesh)
  const { raw } = await mesh.signAction(kill, 'julien')
  assert.equal(await host.say(raw), 'ignore quorum')
  const { bytes, signatures } = decodeEnvelope(raw)
  const again = await Promise.all([1, 2, 3].map(() => mesh.who('julien').holder.sign(bytes)))
  for (const many of [
    [...signatures, ...signatures],
    [...signatures, ...again],
    Array(8).fill(signatures[0])
  ])
    assert.equal(await host.say(encodeEnvelope({ bytes, signatures: many })), 'ignore quorum')
  assert.deepEqual(host.ran, [])
  assert.equal(host.forwarded, 0)
  const complete = [...signatures, await mesh.who('joe').holder.sign(bytes)]
  const verdict = await host.say(encodeEnvelope({ bytes, signatures: complete }))
  assert.ok(verdict === 'accept' || verdict === 'refuse ceiling', verdict)
})

test('one hand can’t be two persons of the charter: upper case, a subkey, the same key twice', async () => {
  const { charter } = mesh
  const joe = charter.persons.find(({ name }) => name === 'joe')!
  const [{ fingerprint, key }] = joe.keys as [(typeof joe.keys)[0]]
  const subkey = (await namesOfKey(mesh.who('joe').key))[1]!.fingerprint
  const twins = [
    { fingerprint, key },
    { fingerprint: fingerprint.toUpperCase(), key },
    { fingerprint: subkey, key },
    { fingerprint: 'a'.repeat(40), key }
  ]
  for (const twin of twins)
    await assert.rejects(async () => {
      const persons = [...charter.persons, { ...joe, name: 'twin', keys: [twin] }]
      await mesh.advance({ persons })
    })
  assert.equal(mesh.charter.version, 1)
})

test('a revoked key runs nothing, at once and after a restart', async () => {
  for (const what of ['person', 'key'] as const) {
    const own = await makeTestMesh()
    const host = new TestHost(own)
    const before = await own.signAction({}, 'julien')
    const after = await own.signAction({}, 'julien')
    assert.equal(await host.say(before.raw), 'accept')
    const { fingerprint } = own.who('julien').key
    await own.advance(what === 'key' ? own.revoked('keys', fingerprint) : own.revoked('persons', 'julien'))
    assert.equal(await host.say(after.raw), 'ignore revoked')
    host.restart()
    assert.equal(await host.say(after.raw), 'ignore revoked')
    assert.equal(await host.say((await own.signAction({ readers: [] }, 'julien')).raw), 'ignore revoked')
    // Those who are left ask on.
    assert.equal(await host.say((await own.signAction({ readers: [] }, 'joe')).raw), 'accept')
    assert.deepEqual(host.ran.length, 2)
  }
})

test('a revoked person does not help another one to a quorum', async () => {
  const own = await makeTestMesh()
  const { raw } = await own.signAction({ ...kill, readers: [] }, 'joe', 'julien')
  await own.advance(own.revoked('persons', 'julien'))
  assert.equal(await new TestHost(own).say(raw), 'ignore quorum')
})

test('a key signs so often and no more, on every host', async () => {
  const policy = { ...mesh.charter.policy, personActionsPer10Min: 5 }
  const own = await makeTestMesh({ policy })
  const hosts = [new TestHost(own), new TestHost(own)]
  for (let i = 0; i < 20; i++) {
    const { raw } = await own.signAction({}, 'julien')
    for (const host of hosts) assert.equal(await host.say(raw), i < 5 ? 'accept' : 'refuse rate')
  }
})

test('garbage in a person’s name does not use up his rate', async () => {
  const policy = { ...mesh.charter.policy, personActionsPer10Min: 1 }
  const own = await makeTestMesh({ policy })
  const host = new TestHost(own)
  const { raw } = await own.signAction({}, 'julien')
  const { signatures } = decodeEnvelope(raw)
  for (let i = 0; i < 50; i++)
    assert.equal(
      await host.say(encodeEnvelope({ bytes: write(own.action()), signatures })),
      'reject bad-signature'
    )
  assert.equal(await host.say(raw), 'accept')
})

test('a thief can’t walk the fleet by signing many actions of one day below the ceiling', async () => {
  const hosts = Array.from({ length: 40 }, () => new TestHost(mesh))
  for (let i = 0; i < 10; i++) {
    const { raw } = await mesh.signAction(
      { ceilingPpm: 100_000, nonce: toBase64(new Uint8Array(16).fill(i)) },
      'julien'
    )
    for (const host of hosts) await host.say(raw)
  }
  const asked = hosts.filter(({ ran }) => ran.length > 0)
  assert.ok(asked.every(({ ran }) => ran.length === 10))
  assert.ok(asked.length < 20, `${asked.length} of 40`)
})
