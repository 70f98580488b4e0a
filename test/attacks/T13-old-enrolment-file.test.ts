import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { makeIdentity } from '../../src/trust/identity.ts'
import { agentCard, judgeCard } from '../../src/trust/membership.ts'
import { testKeeper } from '../support/keeper.ts'
import { DAY, HOUR, makeTestMesh, NOW, type TestMesh } from '../support/mesh.ts'

/**
 * Somebody finds an old enrolment file, and makes hosts of his own with it to hear what the mesh asks: he dates their
 * memberships back. Bootstrap nodes see when they come, and the others ask for a node's word (threats.md, T13).
 */
const LATER = NOW + DAY + HOUR

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

test('hosts that were dated back come in nowhere, whatever receipts they show', async t => {
  const node = await testKeeper(t, mesh)
  const enrolment = makeIdentity()
  const grant = await mesh.signGrant(enrolment, { hosts: 9 })
  const host = () => mesh.member(makeIdentity(), enrolment, grant, ['env=prod', 'role=web'])
  const honest = host()
  await node.meet(honest)
  const receipt = await node.keeper.put('agent', { envelope: honest.membership })
  node.time.now = LATER

  const rogue = host()
  await assert.rejects(node.meet(rogue), { code: 'grant-expired' })
  await assert.rejects(node.keeper.put('agent', { envelope: rogue.membership }), { code: 'not-a-member' })
  const own = makeIdentity()
  const shown = [
    undefined,
    receipt,
    mesh.receipt(rogue.membership, own),
    mesh.receipt(rogue.membership, rogue.identity)
  ]
  for (const each of shown)
    await assert.rejects(
      judgeCard(agentCard(rogue.membership, grant, each), rogue.identity.peer, mesh.chain, LATER),
      { code: 'not-a-member' }
    )
  // The honest one, who enrolled in time, is let in still.
  await judgeCard(agentCard(honest.membership, grant, receipt), honest.identity.peer, mesh.chain, LATER)
  await node.meet(honest)
})
