import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { toBase64, utf8Bytes } from '../../../src/codec.ts'
import { KeyIndex, keyIndexOf } from '../../../src/trust/key-index.ts'
import { namesOfKey } from '../../../src/trust/pgp.ts'
import { makePerson, makeTestMesh, type TestMesh } from '../../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

test('a signature leads to the key that it may be by, without crypto', async () => {
  const index = await KeyIndex.of(mesh.charter)
  const joe = mesh.who('joe')
  const [key, ...more] = index.keysOf(await joe.holder.sign(utf8Bytes('x')))
  assert.equal(key?.fingerprint, joe.key.fingerprint)
  assert.equal(more.length, 0)
  const stranger = await makePerson('mallory')
  assert.deepEqual(index.keysOf(await stranger.holder.sign(utf8Bytes('x'))), [])
  assert.throws(() => index.keysOf(utf8Bytes('x')), { code: 'malformed' })
})

test('it is made once a charter', () => {
  assert.equal(keyIndexOf(mesh.charter), keyIndexOf(mesh.charter))
})

const withKey = (fingerprint: string, key: Uint8Array) => ({
  ...mesh.charter,
  persons: [
    ...mesh.charter.persons,
    {
      name: 'mallory',
      weight: 9,
      roles: ['investigator' as const],
      keys: [{ fingerprint, key: toBase64(key) }]
    }
  ]
})

test('a key under a false name makes a charter invalid, and so does one that is no key', async () => {
  const { key } = await makePerson('mallory')
  await KeyIndex.of(withKey(key.fingerprint, key.bytes))
  await assert.rejects(KeyIndex.of(withKey('a'.repeat(40), key.bytes)), { code: 'charter-invalid' })
  await assert.rejects(KeyIndex.of(withKey('a'.repeat(40), utf8Bytes('no key'))), { code: 'charter-invalid' })
})

test('a subkey of one person is not the key of another: one hand is one person (T5)', async () => {
  const joe = mesh.who('joe').key
  const subkey = (await namesOfKey(joe))[1]!.fingerprint
  await assert.rejects(KeyIndex.of(withKey(subkey, joe.bytes)), { code: 'charter-invalid' })
  const twice = withKey(joe.fingerprint, joe.bytes)
  await assert.rejects(KeyIndex.of(twice), { code: 'charter-invalid', message: /share/ })
})
