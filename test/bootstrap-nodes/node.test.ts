import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topicName } from '../../src/mesh/mesh.ts'
import { idOf, makeAnswer, makePresence } from '../support/answers.ts'
import { giveAddresses, joinAsAgent, joinAsConsole, startHub } from '../support/hub.ts'
import { eventually } from '../support/members.ts'
import { makeTestMesh } from '../support/mesh.ts'

test('two nodes: what one keeps the other has too, what was missed comes at the return', async t => {
  const mesh = await makeTestMesh()
  await giveAddresses(mesh)
  const [north, south] = await Promise.all(mesh.nodes.map(identity => startHub(t, mesh, identity)))
  await eventually('the nodes meet', () => north!.mesh.members().length === 1)

  const heard: string[] = []
  const agent = await mesh.enrol()
  const member = await joinAsAgent(t, mesh, agent, {
    judgeGossip: async (topic, data) => {
      heard.push(`${topic} ${idOf(data)}`)
      return 'accept'
    }
  })
  await member.dial(south!.address)
  await eventually('the membership is on both', async () => north!.documents.count === 2)

  const julien = await joinAsConsole(t, mesh, 'julien')
  await julien.mesh.dial(north!.address)
  const toNorth = await julien.mesh.client(north!.mesh.peer)
  const question = await mesh.signAction({ target: 'role=web' }, 'julien')
  assert.ok('receipt' in (await toNorth.put({ envelope: question.raw })))
  const topic = topicName(mesh.mesh, 'role=web')
  await eventually('the host hears the question over the other node', () =>
    heard.includes(`${topic} ${question.id}`)
  )

  const toSouth = await member.client(south!.mesh.peer)
  const answer = makeAnswer(mesh, agent.identity, question.id)
  assert.ok('receipt' in (await toSouth.put(answer.parcel)))
  await eventually('the answer is on both', () => north!.documents.has(answer.id))

  // One is away while the other goes on.
  await north!.stop()
  const second = makeAnswer(mesh, agent.identity, question.id, { seq: 2, part: 1 })
  const presence = makePresence(mesh, agent, 1)
  assert.ok('receipt' in (await toSouth.put(second.parcel)))
  assert.ok('receipt' in (await toSouth.put(presence.parcel)))
  const back = await north!.again()
  assert.ok(!back.events.some(({ event }) => event === 'audited'), 'it stopped cleanly')
  await eventually(
    'what was missed is there',
    async () => (await back.documents.has(second.id)) && (await back.documents.has(presence.id))
  )
  assert.equal(back.documents.count, south!.documents.count)
})

test('a charter that is put to one node is obeyed by both, and a revoked host is put out', async t => {
  const mesh = await makeTestMesh()
  await giveAddresses(mesh)
  const [north, south] = await Promise.all(mesh.nodes.map(identity => startHub(t, mesh, identity)))
  await eventually('the nodes meet', () => north!.mesh.members().length === 1)
  const agent = await mesh.enrol()
  const member = await joinAsAgent(t, mesh, agent)
  await member.dial(south!.address)
  const anna = await joinAsConsole(t, mesh, 'anna')
  await anna.mesh.dial(north!.address)
  const client = await anna.mesh.client(north!.mesh.peer)
  const next = await mesh.nextCharter(mesh.revoked('peers', agent.identity.peer))
  assert.ok('receipt' in (await client.put({ envelope: next })))
  await eventually('the other node obeys too', () => south!.chain.current.charter.version === 3)
  await eventually('the host is out', () => member.members().length === 0)
  const again = await south!.again()
  assert.equal(again.chain.current.charter.version, 3, 'over a restart')
  await assert.rejects(member.dial(again.address))
})
