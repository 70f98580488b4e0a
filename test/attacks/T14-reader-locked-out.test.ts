import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { LIMITS } from '../../src/limits.ts'
import { type Identity, makeIdentity } from '../../src/trust/identity.ts'
import { makeKeywrap } from '../support/answers.ts'
import { type TestKeeper, testKeeper } from '../support/keeper.ts'
import { makeTestMesh, type TestMesh } from '../support/mesh.ts'

/**
 * T14. Somebody who may read floods a node with false keywraps for another reader, before the asker's true one comes, so
 * that this reader never opens the answers. Expected: each fills only his own share; the true one is kept; who has nothing
 * to do with the action puts none.
 */

let mesh: TestMesh
let action: { raw: Uint8Array; id: string }
const sonia = () => mesh.who('sonia').key.fingerprint
const rita = () => mesh.who('rita').key.fingerprint
before(async () => {
  mesh = await makeTestMesh({
    persons: {
      anna: [0, 'admin'],
      bert: [0, 'admin'],
      joe: [1, 'investigator'],
      julien: [2, 'investigator'],
      sonia: [2, 'investigator'],
      rita: [0, 'reader'],
      mallory: [0, 'reader']
    }
  })
  const readers = [sonia(), rita(), mesh.who('joe').key.fingerprint].sort()
  action = await mesh.signAction({ readers }, 'joe')
})
/** A console of this person, in a session of its own. */
const consoleOf = async (name: string): Promise<[Identity, Uint8Array]> => {
  const identity = makeIdentity()
  return [identity, await mesh.signVoucher(identity.peer, name)]
}
const wrap = (node: TestKeeper, [identity, voucher]: [Identity, Uint8Array], reader: string) =>
  node.keeper.put('console', makeKeywrap(mesh, identity, voucher, action.id, reader).parcel)

test('false keywraps of a reader, in one session or in many, do not keep the true one out', async t => {
  const node = await testKeeper(t, mesh)
  await node.keeper.put('console', { envelope: action.raw })
  for (let i = 0; i < LIMITS.keywrapsPerReader; i++) await wrap(node, await consoleOf('rita'), sonia())
  await assert.rejects(wrap(node, await consoleOf('rita'), sonia()), { code: 'quota' })
  const joe = await consoleOf('joe')
  await wrap(node, joe, sonia())
  await wrap(node, joe, rita())
  const { length } = await node.documents.about(action.id, 'gumshoe/keywrap/1', { place: sonia() })
  assert.equal(length, LIMITS.keywrapsPerReader + 1)
})

test('all at once they get no more than one share', async t => {
  const node = await testKeeper(t, mesh)
  await node.keeper.put('console', { envelope: action.raw })
  const many = await Promise.all(Array.from({ length: 20 }, () => consoleOf('rita')))
  const results = await Promise.allSettled(many.map(console => wrap(node, console, sonia())))
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, LIMITS.keywrapsPerReader)
})

test('somebody who neither asks nor reads this action puts no key for it, by replication neither', async t => {
  const node = await testKeeper(t, mesh)
  await node.keeper.put('console', { envelope: action.raw })
  const mallory = await consoleOf('mallory')
  await assert.rejects(wrap(node, mallory, sonia()), { code: 'policy' })
  const { parcel } = makeKeywrap(mesh, ...mallory, action.id, sonia())
  await assert.rejects(node.keeper.put('node', parcel), { code: 'policy' })
})

test('a signature of the asker beside one’s own, on a voucher that he never saw, uses up nothing of his share', async t => {
  const node = await testKeeper(t, mesh)
  await node.keeper.put('console', { envelope: action.raw })
  // Everybody has seen it: it stands on the action.
  const [joes] = decodeEnvelope(action.raw).signatures
  const results: PromiseSettledResult<unknown>[] = []
  for (let i = 0; i < LIMITS.keywrapsPerReader; i++) {
    const [identity, voucher] = await consoleOf('rita')
    const { bytes, signatures } = decodeEnvelope(voucher)
    const shared = encodeEnvelope({ bytes, signatures: [...signatures, joes!] })
    results.push(...(await Promise.allSettled([wrap(node, [identity, shared], sonia())])))
  }
  await wrap(node, await consoleOf('joe'), sonia())
  assert.ok(results.every(({ status }) => status === 'rejected'))
})
