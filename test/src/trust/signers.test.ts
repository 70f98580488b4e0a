import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { toBase64, utf8Bytes } from '../../../src/codec.ts'
import { verifyDetached } from '../../../src/trust/pgp.ts'
import { mergeSignatures, signersOf, type Verify } from '../../../src/trust/signers.ts'
import { makePerson, makeTestMesh, NOW, type TestMesh, type TestPerson } from '../../support/mesh.ts'

let mesh: TestMesh
const bytes = utf8Bytes('what is signed')
before(async () => {
  mesh = await makeTestMesh()
})

const sign = (...persons: (string | TestPerson)[]) =>
  Promise.all(persons.map(who => (typeof who === 'string' ? mesh.who(who) : who).holder.sign(bytes)))
/** Names that count, faults, and how many signatures were verified. */
const judge = async (signatures: Uint8Array[], charter = mesh.charter) => {
  let count = 0
  const verify: Verify = (...what) => {
    count++
    return verifyDetached(...what)
  }
  const { persons, faults } = await signersOf({ bytes, signatures }, charter, NOW, { verify })
  return { names: persons.map(({ person }) => person.name), faults, count }
}

test('persons are named in the order of their signatures, with the key that signed', async () => {
  const signatures = await sign('sonia', 'joe')
  assert.deepEqual(await judge(signatures), { names: ['sonia', 'joe'], faults: [], count: 2 })
  const { persons } = await signersOf({ bytes, signatures }, mesh.charter, NOW)
  assert.equal(persons[0]!.fingerprint, mesh.who('sonia').key.fingerprint)
  assert.equal(persons[0]!.signature, signatures[0])
})

test('a person counts once, and further signatures of his cost nothing', async () => {
  const [first] = await sign('joe')
  const [again] = await sign('joe')
  assert.deepEqual(await judge([first!, first!, again!]), { names: ['joe'], faults: [], count: 1 })
})

test('two keys of one person are one person', async () => {
  const second = await makePerson('second')
  const { fingerprint, bytes: key } = second.key
  const persons = mesh.charter.persons.map(person =>
    person.name === 'joe'
      ? { ...person, keys: [...person.keys, { fingerprint, key: toBase64(key) }] }
      : person
  )
  const charter = { ...mesh.charter, persons }
  assert.deepEqual((await judge(await sign('joe', second), charter)).names, ['joe'])
  assert.deepEqual((await judge(await sign(second), charter)).names, ['joe'])
})

test('what does not count is named, and costs no crypto where the key is not known', async () => {
  const stranger = await makePerson('mallory')
  const [other] = await Promise.all([mesh.who('joe').holder.sign(utf8Bytes('something else'))])
  const signatures = [...(await sign(stranger)), utf8Bytes('no signature'), other!]
  const { names, faults, count } = await judge(signatures)
  assert.deepEqual(names, [])
  assert.deepEqual(faults, ['unknown-signer', 'malformed', 'bad-signature'])
  assert.equal(count, 1)
})

test('revocations of the charter and of a newer one both count', async () => {
  const revoked = { ...mesh.charter, ...mesh.revoked('persons', 'joe') }
  const byKey = { ...mesh.charter, ...mesh.revoked('keys', mesh.who('joe').key.fingerprint) }
  const signatures = await sign('joe')
  for (const charter of [revoked, byKey]) {
    assert.deepEqual((await judge(signatures, charter)).faults, ['revoked'])
    const { persons, faults } = await signersOf({ bytes, signatures }, mesh.charter, NOW, {
      revokedBy: charter
    })
    assert.deepEqual([persons.length, faults], [0, ['revoked']])
    const other = await signersOf({ bytes, signatures }, charter, NOW, { revokedBy: mesh.charter })
    assert.equal(other.persons.length, 0)
  }
})

const merge = async (kept: Uint8Array[], offered: Uint8Array[]) => {
  let count = 0
  const verify: Verify = (...what) => {
    count++
    return verifyDetached(...what)
  }
  const merged = await mergeSignatures(
    { bytes, signatures: kept },
    { bytes, signatures: offered },
    mesh.charter,
    NOW,
    {
      verify
    }
  )
  return { signatures: merged?.signatures, count }
}

test('a store adds the valid signatures that it lacks, one a person', async () => {
  const [joe, sonia, again] = [...(await sign('joe', 'sonia')), ...(await sign('joe'))]
  assert.deepEqual((await merge([joe!], [sonia!])).signatures, [joe, sonia])
  assert.deepEqual((await merge([joe!], [again!, sonia!])).signatures, [joe, sonia])
})

test('copies of what is kept, bad ones and strangers’ add nothing', async () => {
  const [joe, again] = [...(await sign('joe')), ...(await sign('joe'))]
  assert.deepEqual(await merge([joe!], [joe!]), { signatures: undefined, count: 0 })
  assert.deepEqual(await merge([joe!], [again!]), { signatures: undefined, count: 0 })
  assert.deepEqual(await merge([joe!], []), { signatures: undefined, count: 0 })
  const bad = await mesh.who('sonia').holder.sign(utf8Bytes('something else'))
  const stranger = await sign(await makePerson('mallory'))
  assert.equal((await merge([joe!], [bad, ...stranger, utf8Bytes('x')])).signatures, undefined)
})

test('never more signatures than a document may have', async () => {
  const [joe, sonia] = await sign('joe', 'sonia')
  const full = Array.from({ length: 8 }, () => joe!)
  assert.equal((await merge(full, [sonia!])).signatures, undefined)
  assert.equal((await merge(full.slice(1), await sign('sonia', 'julien'))).signatures?.length, 8)
})
