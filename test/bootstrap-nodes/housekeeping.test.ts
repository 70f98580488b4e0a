import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyRetention } from '../../bootstrap-nodes/housekeeping.ts'
import { makeAnswer } from '../support/answers.ts'
import { testKeeper } from '../support/keeper.ts'
import { at, DAY, makeTestMesh, NOW } from '../support/mesh.ts'

test('what ended longer ago than the policy keeps it goes, with its answers; members and the rest stay', async t => {
  const mesh = await makeTestMesh()
  const node = await testKeeper(t, mesh)
  const agent = await mesh.enrol()
  await node.meet(agent)
  const old = await mesh.signAction({}, 'joe')
  const late = await mesh.signAction({ expires: at(DAY) }, 'joe')
  for (const { raw } of [old, late]) await node.keeper.put('console', { envelope: raw })
  const answers = [old, late].map(({ id }, i) => makeAnswer(mesh, agent.identity, id, { seq: i + 1 }))
  for (const { parcel } of answers) await node.keeper.put('agent', parcel)
  const signal = new AbortController().signal
  const days = mesh.charter.policy.retentionDays
  node.time.now = NOW + days * DAY
  assert.equal(await applyRetention(node, signal), 0)
  node.time.now = NOW + (days + 0.5) * DAY
  assert.equal(await applyRetention(node, signal), 1)
  assert.equal(await node.documents.has(old.id), false)
  assert.equal(await node.documents.has(answers[0]!.id), false)
  assert.ok(await node.documents.has(late.id))
  assert.ok(await node.documents.has(answers[1]!.id))
  await node.enrolments.requireMember(agent.identity.peer)
  assert.equal(node.documents.count, 4)
  assert.equal((await node.database.keys('feed')).length, 4)
  await assert.rejects(node.keeper.put('agent', answers[0]!.parcel), { code: 'not-found' })
})
