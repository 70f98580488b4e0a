import assert from 'node:assert/strict'
import { test } from 'node:test'
import { indexOf, placeInChain } from '../../bootstrap-nodes/index-of.ts'
import { audit } from '../../src/store/audit.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { makeAnswer, makeDropped, makeKeywrap, makePresence } from '../support/answers.ts'
import { testKeeper } from '../support/keeper.ts'
import { makeTestMesh } from '../support/mesh.ts'

test('an audit finds every kind of document in its index, and can write all indexes again', async t => {
  const mesh = await makeTestMesh()
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  await node.meet(agent)
  const { raw, id } = await mesh.signAction({}, 'joe')
  const console = makeIdentity()
  const voucher = await mesh.signVoucher(console.peer, 'joe')
  const { fingerprint } = mesh.who('julien').key
  await node.keeper.put('console', { envelope: raw })
  await node.keeper.put('console', { envelope: await mesh.signCancel(id, 'joe') })
  await node.keeper.put('console', makeKeywrap(mesh, console, voucher, id, fingerprint).parcel)
  await node.keeper.put('agent', makeAnswer(mesh, agent.identity, id, { seq: 1 }).parcel)
  await node.keeper.put('agent', makeDropped(mesh, agent.identity, id, 2).parcel)
  await node.keeper.put('agent', makePresence(mesh, agent, 5).parcel)
  const { database } = node
  assert.deepEqual(await audit(database, { indexOf }), { sound: 8, damaged: [], missing: 0, indexes: 0 })
  const keysOf = async () => [await database.keys('about'), await database.keys('latest')]
  const before = await keysOf()
  for (const shelf of ['about', 'latest', 'feed'])
    await database.write(
      (await database.keys(shelf)).map(key => ({ shelf, key })),
      { sync: true }
    )
  assert.ok((await audit(database, { indexOf })).indexes >= 8)
  assert.deepEqual(await keysOf(), before)
  assert.equal((await database.keys('feed')).length, 8)
})

test('a place in a chain is read back', () => {
  assert.deepEqual(placeInChain(`0000000000000042/${'ab'.repeat(32)}`), { seq: 42, action: 'ab'.repeat(32) })
})
