import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope, type Envelope } from '../../../../src/documents/envelope.ts'
import { checkSignatures } from '../../../../src/trust/checks/signatures.ts'
import { DAY, makePerson, makeTestMesh, NOW, signedBy, type TestMesh } from '../../../support/mesh.ts'
import { stops } from '../../../support/stops.ts'

let mesh: TestMesh
let good: Envelope
before(async () => {
  mesh = await makeTestMesh()
  good = decodeEnvelope((await mesh.signAction({}, 'julien', 'joe')).raw)
})

const check = (envelope: Envelope, now = NOW) => checkSignatures(envelope, mesh.charter, { now })
const says = (signatures: readonly Uint8Array[]) => stops(() => check({ bytes: good.bytes, signatures }))

test('persons in force who signed exactly these bytes come out', async () => {
  const names = (await check(good)).map(({ person }) => person.name)
  assert.deepEqual(names, ['julien', 'joe'])
})

test('zero signatures is no signature', async () => {
  assert.equal(await says([]), 'ignore unsigned')
})

test('a bad signature by a known key is rejected, also beside good ones', async () => {
  const other = decodeEnvelope((await mesh.signAction({}, 'sonia')).raw).signatures[0]!
  assert.equal(await says([other]), 'reject bad-signature')
  assert.equal(await says([...good.signatures, other]), 'reject bad-signature')
})

test('what is no OpenPGP signature is rejected, also beside good ones', async () => {
  assert.equal(await says([new Uint8Array(64)]), 'reject malformed')
  assert.equal(await says([...good.signatures, new Uint8Array(64)]), 'reject malformed')
})

test('an envelope with a signature by a stranger is not sent on', async () => {
  const stranger = await makePerson('mallory')
  const [theirs] = decodeEnvelope(await signedBy(good.bytes, stranger)).signatures
  assert.equal(await says([theirs!]), 'ignore unknown-signer')
  assert.equal(await says([...good.signatures, theirs!]), 'ignore unknown-signer')
})

test('a revoked person does not count, and does not hinder the others', async () => {
  const other = await makeTestMesh()
  const { bytes, signatures } = decodeEnvelope((await other.signAction({}, 'julien', 'joe')).raw)
  await other.advance(other.revoked('persons', 'julien'))
  const by = (some: readonly Uint8Array[]) =>
    checkSignatures({ bytes, signatures: some }, other.charter, { now: NOW })
  assert.deepEqual(
    (await by(signatures)).map(({ person }) => person.name),
    ['joe']
  )
  assert.equal(await stops(() => by(signatures.slice(0, 1))), 'ignore revoked')
})

test('an expired key signs nothing', async () => {
  const brief = await makePerson('brief', NOW + DAY)
  const lab = await makeTestMesh({ lab: true, extra: [brief], persons: { anna: [2, 'admin'] } })
  const envelope = decodeEnvelope(await signedBy(good.bytes, brief))
  const at = (now: number) => stops(() => checkSignatures(envelope, lab.charter, { now }))
  assert.equal(await at(NOW), 'passes')
  assert.equal(await at(NOW + DAY), 'ignore key-expired')
})
