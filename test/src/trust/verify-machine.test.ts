import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { sha256 } from '../../../src/codec.ts'
import { decodeEnvelope, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { write } from '../../../src/documents/write.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import {
  verifyBody,
  verifyDropped,
  verifyHeader,
  verifyHeaderSoon,
  verifyPresence,
  verifyReceipt
} from '../../../src/trust/verify-machine.ts'
import { SAMPLES } from '../../samples.ts'
import { makeTestMesh, NOW, signedByMachine, type TestMesh } from '../../support/mesh.ts'

const MESH = 'a'.repeat(64)
const [own, other] = [makeIdentity(), makeIdentity()]
const header = { ...SAMPLES['gumshoe/answer/1'], agent: own.peer } as const
const dropped = { ...SAMPLES['gumshoe/dropped/1'], agent: own.peer } as const
const presence = {
  ...SAMPLES['gumshoe/presence/1'],
  peer: own.peer,
  addresses: [`/ip4/10.0.0.1/tcp/4001/p2p/${own.peer}`]
}

const KINDS = [
  [header, verifyHeader],
  [dropped, verifyDropped],
  [presence, verifyPresence]
] as const

test('what a machine says is believed of itself only', () => {
  for (const [document, verify] of KINDS) {
    const { kind } = document
    assert.deepEqual(verify(signedByMachine(document, own), MESH).document, document)
    assert.throws(() => verify(signedByMachine(document, other), MESH), { code: 'bad-signature' }, kind)
    assert.throws(() => verify(signedByMachine(document, own), 'b'.repeat(64)), { code: 'wrong-mesh' }, kind)
  }
})

test('a header that is verified on another thread is judged alike', async () => {
  assert.deepEqual((await verifyHeaderSoon(signedByMachine(header, own), MESH)).document, header)
  await assert.rejects(verifyHeaderSoon(signedByMachine(header, other), MESH), { code: 'bad-signature' })
  await assert.rejects(verifyHeaderSoon(signedByMachine(header, own), 'b'.repeat(64)), { code: 'wrong-mesh' })
  const { bytes } = decodeEnvelope(signedByMachine(header, own))
  for (const signature of [new Uint8Array(64), new Uint8Array(63)])
    await assert.rejects(verifyHeaderSoon(encodeEnvelope({ bytes, signatures: [signature] }), MESH), {
      code: 'bad-signature'
    })
})

test('a presence sends others to its own peer only', () => {
  for (const address of [
    '/ip4/10.0.0.1/tcp/22',
    `/ip4/10.0.0.1/tcp/22/p2p/${other.peer}`,
    `/ip4/10.0.0.1/tcp/22/p2p/${own.peer}/p2p-circuit`
  ]) {
    const raw = signedByMachine({ ...presence, addresses: [...presence.addresses, address] }, own)
    assert.throws(() => verifyPresence(raw, MESH), { code: 'malformed' }, address)
  }
})

test('one signature, by the kind of the document, over its bytes', () => {
  for (const [document, verify] of KINDS) {
    const bytes = write(document)
    const by = (...signatures: Uint8Array[]) => encodeEnvelope({ bytes, signatures })
    const good = own.sign(document.kind, bytes)
    assert.throws(() => verify(by(), MESH), { code: 'malformed' })
    assert.throws(() => verify(by(good, good), MESH), { code: 'malformed' })
    assert.throws(() => verify(by(own.sign('gumshoe/receipt/1', bytes)), MESH), { code: 'bad-signature' })
    const { signatures } = decodeEnvelope(
      signedByMachine({ ...document, time: document.time + 1 } as never, own)
    )
    assert.throws(() => verify(by(...signatures), MESH), { code: 'bad-signature' })
    const [wrong] = KINDS.filter(([another]) => another.kind !== document.kind)
    assert.throws(() => verify(signedByMachine(wrong![0], own), MESH), { code: 'unknown-kind' })
  }
})

test('a body is the one that its header names', () => {
  const body = new Uint8Array(1_088)
  const named = { ...header, digest: sha256(body), length: body.length }
  verifyBody(named, body)
  const flipped = Uint8Array.from(body)
  flipped[7] = 1
  for (const wrong of [flipped, body.subarray(1), new Uint8Array(0)])
    assert.throws(() => verifyBody(named, wrong), { code: 'bad-signature' })
  assert.throws(() => verifyBody({ ...named, length: 1_089 }, body), { code: 'bad-signature' })
})

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

test('a receipt is by a node that the charter names and does not revoke', async () => {
  const [node] = mesh.nodes
  const receipt = {
    kind: 'gumshoe/receipt/1',
    mesh: mesh.mesh,
    id: 'c'.repeat(64),
    node: node!.peer,
    time: NOW
  } as const
  assert.deepEqual(verifyReceipt(signedByMachine(receipt, node!), mesh.chain).document, receipt)
  assert.throws(() => verifyReceipt(signedByMachine(receipt, own), mesh.chain), { code: 'bad-signature' })
  const agents = signedByMachine({ ...receipt, node: own.peer }, own)
  assert.throws(() => verifyReceipt(agents, mesh.chain), { code: 'not-a-member' })
  const revoked = await makeTestMesh()
  const [gone] = revoked.nodes
  await revoked.advance(revoked.revoked('peers', gone!.peer))
  const theirs = signedByMachine({ ...receipt, mesh: revoked.mesh, node: gone!.peer }, gone!)
  assert.throws(() => verifyReceipt(theirs, revoked.chain), { code: 'not-a-member' })
})
