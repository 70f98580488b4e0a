import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { before, test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { verifyDetached } from '../../src/trust/pgp.ts'
import { parseSignature } from '../../src/trust/signature-packet.ts'
import { mergeSignatures } from '../../src/trust/signers.ts'
import { TestHost } from '../support/host.ts'
import { makeTestMesh, NOW, type TestMesh } from '../support/mesh.ts'

/**
 * T24. A member of the mesh alters the unhashed area of a true action's signature: each copy verifies and is another
 * message. Expected: each node verifies at most two of 10,000 copies and forwards at most one.
 */

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

/** The signature with another unhashed area: a subpacket of private use (RFC 9580, 5.2.3.7). */
const altered = (signature: Uint8Array, extra: Uint8Array): Uint8Array => {
  const { head, tail } = parseSignature(signature)
  const area = Uint8Array.from([0, extra.length + 2, extra.length + 1, 100, ...extra])
  const length = head.length + area.length + tail.length
  return Uint8Array.from([0xc2, 0xff, 0, 0, length >> 8, length & 255, ...head, ...area, ...tail])
}

const copiesOf = (raw: Uint8Array, count: number): Uint8Array[] => {
  const { bytes, signatures } = decodeEnvelope(raw)
  return Array.from({ length: count }, () =>
    encodeEnvelope({ bytes, signatures: signatures.map(signature => altered(signature, randomBytes(12))) })
  )
}

test('the copies are real ones: each verifies', async () => {
  const { raw } = await mesh.signAction({}, 'joe')
  const { fingerprint, bytes: key } = mesh.who('joe').key
  for (const copy of copiesOf(raw, 20)) {
    const { bytes, signatures } = decodeEnvelope(copy)
    const verdict = await verifyDetached(bytes, signatures[0]!, [{ fingerprint, bytes: key }], NOW)
    assert.equal(verdict?.ok, true)
    assert.equal(await new TestHost(mesh).say(copy), 'accept')
  }
})

test('10,000 copies, the true one among them, one after another and all at once', async () => {
  const { raw, id } = await mesh.signAction({}, 'joe')
  const copies = copiesOf(raw, 10_000)
  copies.splice(5_000, 0, raw)
  const [patient, flooded] = [new TestHost(mesh), new TestHost(mesh)]
  for (const copy of copies) await patient.offer(copy)
  await Promise.all(copies.map(copy => flooded.offer(copy)))
  for (const host of [patient, flooded]) {
    assert.deepEqual(host.ran, [id])
    assert.ok(host.verifications <= 2, `${host.verifications} verifications`)
    assert.equal(host.forwarded, 1)
  }
})

test('on a host that the target does not name, and on one that refuses', async () => {
  const { raw } = await mesh.signAction({ target: 'role=web' }, 'joe')
  const hosts = [
    new TestHost(mesh, { self: { tags: ['role=db'] } }),
    new TestHost(mesh, { settings: { modulesOff: ['file/1'] } })
  ]
  for (const host of hosts) {
    for (const copy of copiesOf(raw, 1_000)) await host.offer(copy)
    assert.deepEqual([host.ran, host.verifications, host.forwarded], [[], 1, 1])
  }
})

test('one envelope costs at most one verification a person, however many signatures it has', async () => {
  const { raw } = await mesh.signAction({}, 'joe')
  const { bytes, signatures } = decodeEnvelope(raw)
  const eight = Array.from({ length: 8 }, () => altered(signatures[0]!, randomBytes(12)))
  const host = new TestHost(mesh)
  assert.equal(await host.say(encodeEnvelope({ bytes, signatures: eight })), 'accept')
  assert.equal(host.verifications, 1)
})

test('a store that holds it adds no copy, and verifies none', async () => {
  const { raw } = await mesh.signAction({}, 'joe')
  const kept = decodeEnvelope(raw)
  let verified = 0
  for (const copy of copiesOf(raw, 1_000)) {
    const merged = await mergeSignatures(kept, decodeEnvelope(copy), mesh.charter, NOW, {
      verify: (...what) => {
        verified++
        return verifyDetached(...what)
      }
    })
    assert.equal(merged, undefined)
  }
  assert.equal(verified, 0)
})
