import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { TestHost } from '../support/host.ts'
import { makePerson, makeTestMesh, signedBy, type TestMesh, type TestPerson } from '../support/mesh.ts'

/**
 * T23. A member of the mesh races a true action with a broken copy of it, so that its id counts as seen before the true
 * one comes. Expected: the broken copy costs its sender, the true one runs everywhere, once.
 */

let mesh: TestMesh
let stranger: TestPerson
before(async () => {
  mesh = await makeTestMesh({
    policy: { ...(await makeTestMesh()).charter.policy, personActionsPer10Min: 10_000 }
  })
  stranger = await makePerson('mallory')
})

/** Copies of an envelope whose bytes are true and whose signatures are not enough. */
const broken = async (raw: Uint8Array, round: number): Promise<Uint8Array> => {
  const { bytes, signatures } = decodeEnvelope(raw)
  const [first] = signatures as [Uint8Array]
  const flipped = Uint8Array.from(first)
  flipped[flipped.length - 1 - (round % 30)]! ^= 1 + (round % 255)
  const ways = [
    () => [flipped],
    () => [first.subarray(0, first.length - 1)],
    () => [],
    () => [new Uint8Array(64).fill(round)],
    () => [flipped, first],
    async () => decodeEnvelope(await signedBy(bytes, stranger)).signatures
  ]
  return encodeEnvelope({ bytes, signatures: await ways[round % ways.length]!() })
}

test('1,000 races in which the broken copy comes first', async () => {
  const hosts = [new TestHost(mesh), new TestHost(mesh)]
  const ids: string[] = []
  for (let round = 0; round < 1_000; round++) {
    const { raw, id } = await mesh.signAction({}, 'joe')
    const copy = await broken(raw, round)
    ids.push(id)
    for (const host of hosts) {
      // Together, or one after the other.
      const offers =
        round % 2 === 0 ? [host.offer(copy), host.offer(raw)] : [await host.offer(copy), host.offer(raw)]
      const [first, second] = await Promise.all(offers)
      assert.notEqual(first!.kind, 'accept')
      assert.equal(second!.kind, 'accept', `round ${round}: ${JSON.stringify(second)}`)
      assert.equal((await host.offer(copy)).kind, 'ignore')
    }
  }
  for (const host of hosts) assert.deepEqual(host.ran, ids)
})

test('a copy with one of two signatures stripped does not shadow the full one', async () => {
  const host = new TestHost(mesh)
  const kill = { operations: [{ id: 'o1', module: 'kill/1', params: { ask: 'a' } }], note: 'AAAA' }
  const { raw } = await mesh.signAction({ ...kill, target: `id=${host.self.peer}` }, 'julien', 'joe')
  const { bytes, signatures } = decodeEnvelope(raw)
  for (const one of signatures)
    assert.equal(await host.say(encodeEnvelope({ bytes, signatures: [one] })), 'ignore quorum')
  assert.equal(await host.say(raw), 'accept')
})

test('who sends a broken copy pays for it', async () => {
  const host = new TestHost(mesh)
  const { raw } = await mesh.signAction({}, 'joe')
  assert.equal(await host.say(await broken(raw, 0)), 'reject bad-signature')
  assert.equal(await host.say(await broken(raw, 1)), 'reject malformed')
})

test('a broken signature behind a true one of the same person changes nothing, and costs nothing', async () => {
  const host = new TestHost(mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  const { bytes, signatures } = decodeEnvelope(raw)
  const flipped = Uint8Array.from(signatures[0]!)
  flipped[flipped.length - 1]! ^= 1
  assert.equal(await host.say(encodeEnvelope({ bytes, signatures: [...signatures, flipped] })), 'accept')
  assert.equal(await host.say(raw), 'ignore known')
  assert.deepEqual([host.ran, host.verifications], [[id], 1])
})
