import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { LIMITS } from '../../../src/limits.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { verifyCancel, verifyKeywrap, verifyVoucher } from '../../../src/trust/verify-person.ts'
import {
  DAY,
  HOUR,
  makePerson,
  makeTestMesh,
  NOW,
  signedBy,
  signedByMachine,
  type TestMesh
} from '../../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})
const console_ = makeIdentity()
const voucher = (raw: Uint8Array, now = NOW, m = mesh) => verifyVoucher(raw, m.chain, now)

test('a voucher is by a person in force, of whatever role', async () => {
  for (const name of ['joe', 'anna', 'rita']) {
    const { person, fingerprint, document } = await voucher(await mesh.signVoucher(console_.peer, name))
    assert.deepEqual([person.name, document.peer], [name, console_.peer])
    assert.equal(fingerprint, mesh.who(name).key.fingerprint)
  }
  const good = await mesh.signVoucher(console_.peer, 'joe')
  const stranger = await signedBy(decodeEnvelope(good).bytes, await makePerson('mallory'))
  await assert.rejects(voucher(stranger), { code: 'unknown-signer' })
  const { bytes } = decodeEnvelope(good)
  await assert.rejects(voucher(encodeEnvelope({ bytes, signatures: [] })), { code: 'unsigned' })
  const { bytes: other } = decodeEnvelope(await mesh.signVoucher(makeIdentity().peer, 'joe'))
  const moved = encodeEnvelope({ bytes: other, signatures: decodeEnvelope(good).signatures })
  await assert.rejects(voucher(moved), { code: 'bad-signature' })
})

test('a voucher is for twelve hours at most, and within them', async () => {
  const by = (until: number, issued = 0) => mesh.signVoucher(console_.peer, 'joe', until, issued)
  await voucher(await by(12 * HOUR))
  await assert.rejects(voucher(await by(12 * HOUR + 1_000)), { code: 'window' })
  await assert.rejects(voucher(await by(0)), { code: 'window' })
  await assert.rejects(voucher(await by(-HOUR)), { code: 'window' })
  await voucher(await by(HOUR), NOW + HOUR)
  await assert.rejects(voucher(await by(HOUR), NOW + HOUR + 1), { code: 'voucher-expired' })
  await voucher(await by(HOUR), NOW - LIMITS.clockSkewMs)
  await assert.rejects(voucher(await by(HOUR), NOW - LIMITS.clockSkewMs - 1), { code: 'not-yet-valid' })
})

test('another mesh, a revoked person', async () => {
  const own = await makeTestMesh()
  const raw = await own.signVoucher(console_.peer, 'joe')
  await assert.rejects(voucher(raw), { code: 'wrong-mesh' })
  await own.advance(own.revoked('persons', 'joe'))
  await assert.rejects(voucher(raw, NOW, own), { code: 'revoked' })
})

test('a cancel is by any one investigator', async () => {
  const id = 'c'.repeat(64)
  const cancel = async (...names: string[]) =>
    verifyCancel(await mesh.signCancel(id, ...names), mesh.chain, NOW)
  const { document, person } = await cancel('joe')
  assert.deepEqual([document.action, person.name], [id, 'joe'])
  // Of two nobody could say to whom it counts.
  await assert.rejects(cancel('anna', 'joe'), { code: 'malformed' })
  await assert.rejects(cancel('anna'), { code: 'unsigned' })
  await assert.rejects(cancel('rita'), { code: 'unsigned' })
  await assert.rejects(cancel(), { code: 'unsigned' })
  const other = await makeTestMesh()
  await assert.rejects(verifyCancel(await other.signCancel(id, 'joe'), mesh.chain, NOW), {
    code: 'wrong-mesh'
  })
})

test('a cancel of a time to come, and one padded with junk signatures, is kept and told by nobody', async () => {
  const raw = await mesh.signCancel('c'.repeat(64), 'joe')
  const skew = LIMITS.clockSkewMs
  assert.equal((await verifyCancel(raw, mesh.chain, NOW - skew)).person.name, 'joe')
  await assert.rejects(verifyCancel(raw, mesh.chain, NOW - skew - 1), { code: 'not-yet-valid' })
  const { bytes, signatures } = decodeEnvelope(raw)
  const junk = Array.from({ length: 5 }, () => new Uint8Array(LIMITS.signatureBytes).fill(1))
  const padded = encodeEnvelope({ bytes, signatures: [...signatures, ...junk] })
  await assert.rejects(verifyCancel(padded, mesh.chain, NOW), { code: 'too-large' })
})

const keywrap = (voucherEnvelope: Uint8Array, change = {}) =>
  ({
    kind: 'gumshoe/keywrap/1',
    mesh: mesh.mesh,
    action: 'c'.repeat(64),
    reader: mesh.who('joe').key.fingerprint,
    box: new Uint8Array(100),
    voucher: voucherEnvelope,
    ...change
  }) as const

test('a keywrap is signed by the console whose voucher is inside', async () => {
  const good = await mesh.signVoucher(console_.peer, 'joe')
  const signed = signedByMachine(keywrap(good), console_)
  assert.equal((await verifyKeywrap(signed, mesh.chain, NOW)).person.name, 'joe')
  const others = signedByMachine(keywrap(good), makeIdentity())
  await assert.rejects(verifyKeywrap(others, mesh.chain, NOW), { code: 'bad-signature' })
  const { bytes, signatures } = decodeEnvelope(signed)
  const twice = encodeEnvelope({ bytes, signatures: [...signatures, ...signatures] })
  await assert.rejects(verifyKeywrap(twice, mesh.chain, NOW), { code: 'bad-signature' })
  const foreign = signedByMachine(keywrap(good, { mesh: 'b'.repeat(64) }), console_)
  await assert.rejects(verifyKeywrap(foreign, mesh.chain, NOW), { code: 'wrong-mesh' })
})

test('a keywrap outlives its voucher, for nodes that come later, but not its person', async () => {
  const own = await makeTestMesh()
  const raw = signedByMachine(
    { ...keywrap(await own.signVoucher(console_.peer, 'joe')), mesh: own.mesh },
    console_
  )
  await verifyKeywrap(raw, own.chain, NOW + 30 * DAY)
  await own.advance(own.revoked('persons', 'joe'))
  await assert.rejects(verifyKeywrap(raw, own.chain, NOW), { code: 'revoked' })
})
