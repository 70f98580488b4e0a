import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { LIMITS } from '../../../src/limits.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { verifyDetached } from '../../../src/trust/pgp.ts'
import type { Verify } from '../../../src/trust/signers.ts'
import { verifyGrant } from '../../../src/trust/verify-grant.ts'
import {
  at,
  charterPerson,
  DAY,
  HOUR,
  makePerson,
  makeTestMesh,
  NOW,
  type TestMesh
} from '../../support/mesh.ts'

const counting = (): { verify: Verify; count: () => number } => {
  let count = 0
  return {
    verify: (...what) => {
      count++
      return verifyDetached(...what)
    },
    count: () => count
  }
}
const refused = (mesh: TestMesh, code: string, grant: Uint8Array, now = NOW) =>
  assert.rejects(verifyGrant(grant, mesh.chain, now), { code })

test('a grant is signed by the admins’ threshold', async () => {
  const mesh = await makeTestMesh()
  const enrol = makeIdentity()
  const grant = await mesh.signGrant(enrol)
  const { id, document } = await verifyGrant(grant, mesh.chain, NOW)
  assert.deepEqual(document.tags, ['env=prod', 'role=web'])
  assert.equal(id.length, 64)
  await refused(mesh, 'unsigned', await mesh.signGrant(enrol, {}, 'anna'))
  await refused(mesh, 'unsigned', await mesh.signGrant(enrol, {}, 'anna', 'anna'))
  await refused(mesh, 'unsigned', await mesh.signGrant(enrol, {}, 'anna', 'julien', 'joe'))
  const { bytes, signatures } = decodeEnvelope(grant)
  await refused(mesh, 'unsigned', encodeEnvelope({ bytes, signatures: [] }))
  const { bytes: other } = decodeEnvelope(await mesh.signGrant(enrol, { hosts: 9 }))
  await refused(mesh, 'bad-signature', encodeEnvelope({ bytes: other, signatures }))
})

test('another mesh, a revoked grant, a grant of tomorrow', async () => {
  const [mesh, other] = [await makeTestMesh(), await makeTestMesh()]
  const grant = await mesh.signGrant(makeIdentity())
  await refused(other, 'wrong-mesh', grant)
  const tomorrows = await mesh.signGrant(makeIdentity(), { issued: at(DAY), notAfter: at(2 * DAY) })
  const early = NOW + DAY - LIMITS.clockSkewMs
  await refused(mesh, 'not-yet-valid', tomorrows, early - 1)
  await verifyGrant(tomorrows, mesh.chain, early)
  const { id } = await verifyGrant(grant, mesh.chain, NOW)
  await mesh.advance(mesh.revoked('grants', id))
  await refused(mesh, 'revoked', grant)
})

test('a grant outlives its charter and the keys of its admins, but not their revocation', async () => {
  const brief = await makePerson('brief', NOW + DAY)
  const persons = { anna: [0, 'admin'], bert: [0, 'admin'], carl: [0, 'admin'] } as const
  const mesh = await makeTestMesh({ persons, adminThreshold: 2 })
  await mesh.advance({
    persons: [...mesh.charter.persons, charterPerson(brief, [0, 'admin'])],
    adminThreshold: 3
  })
  const enrol = makeIdentity()
  const grant = await mesh.signGrant(enrol, {}, 'anna', 'bert', 'carl')
  // In version 3 there is just carl of those who signed.
  const dora = await makePerson('dora')
  const left = mesh.charter.persons.filter(({ name }) => name !== 'anna' && name !== 'bert')
  const change = {
    persons: [...left, charterPerson(dora, [0, 'admin'])],
    adminThreshold: 2,
    issued: at(HOUR)
  }
  const signers = [mesh.who('anna'), mesh.who('bert'), mesh.who('carl'), dora]
  await mesh.chain.accept(await mesh.nextCharter(change, ...signers), NOW + HOUR)
  await verifyGrant(grant, mesh.chain, NOW + 30 * DAY)
  // One of them is revoked: what he signed counts no more, in whatever version.
  const revoked = { ...mesh.revoked('persons', 'anna'), issued: at(2 * HOUR) }
  await mesh.chain.accept(await mesh.nextCharter(revoked, mesh.who('carl'), dora), NOW + 2 * HOUR)
  await assert.rejects(verifyGrant(grant, mesh.chain, NOW + DAY))
})

test('admins of a charter that was replaced before make no grants', async () => {
  const persons = { anna: [0, 'admin'], bert: [0, 'admin'], carl: [0, 'admin'] } as const
  const mesh = await makeTestMesh({ persons, adminThreshold: 2 })
  const dora = await makePerson('dora')
  const left = mesh.charter.persons.filter(({ name }) => name !== 'anna' && name !== 'bert')
  const change = { persons: [...left, charterPerson(dora, [0, 'admin'])], issued: at(HOUR) }
  const signers = [mesh.who('anna'), mesh.who('bert'), mesh.who('carl'), dora]
  await mesh.chain.accept(await mesh.nextCharter(change, ...signers), NOW + HOUR)
  const late = { issued: at(2 * HOUR), notAfter: at(DAY) }
  const grant = await mesh.signGrant(makeIdentity(), late, 'anna', 'bert')
  await assert.rejects(verifyGrant(grant, mesh.chain, NOW + 2 * HOUR), { code: 'unknown-signer' })
})

test('a grant that thousands show is verified once; a stranger’s costs one verification a signature', async () => {
  const mesh = await makeTestMesh()
  const grant = await mesh.signGrant(makeIdentity())
  for (let version = 2; version < 6; version++) await mesh.advance({ note: `${version}` })
  const good = counting()
  for (let i = 0; i < 5; i++) await verifyGrant(grant, mesh.chain, NOW, good.verify)
  assert.equal(good.count(), 2)
  const [bad, { verify, count }] = [await mesh.signGrant(makeIdentity(), {}, 'anna'), counting()]
  await assert.rejects(verifyGrant(bad, mesh.chain, NOW, verify))
  assert.equal(count(), 1)
})

test('what is remembered of a grant ends with the charter', async () => {
  const mesh = await makeTestMesh()
  const grant = await mesh.signGrant(makeIdentity())
  await verifyGrant(grant, mesh.chain, NOW)
  const dora = await makePerson('dora')
  const admins = ['bert', 'julien'].map(name => mesh.charter.persons.find(person => person.name === name)!)
  const persons = [admins[0]!, { ...admins[1]! }, charterPerson(dora, [0, 'admin'])]
  const change = { persons, ...mesh.revoked('persons', 'anna') }
  await mesh.chain.accept(await mesh.nextCharter(change, mesh.who('anna'), mesh.who('bert'), dora), NOW)
  await assert.rejects(verifyGrant(grant, mesh.chain, NOW))
})
