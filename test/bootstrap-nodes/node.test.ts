import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

test('a question that reached one node only is heard on every topic behind the other', async t => {
  const mesh = await makeTestMesh()
  await giveAddresses(mesh)
  const [north, south] = await Promise.all(mesh.nodes.map(identity => startHub(t, mesh, identity)))
  const heard = new Map<string, string[]>()
  for (const tag of ['role=web', 'role=db']) {
    const member = await joinAsAgent(t, mesh, await mesh.enrol([tag]), {
      judgeGossip: async (topic, data) => {
        heard.set(tag, [...(heard.get(tag) ?? []), `${topic} ${idOf(data)}`])
        return 'accept'
      }
    })
    await member.dial(south!.address)
  }
  const julien = await joinAsConsole(t, mesh, 'julien')
  await julien.mesh.dial(north!.address)
  const client = await julien.mesh.client(north!.mesh.peer)
  await eventually('the nodes meet', () => north!.mesh.members().length === 2)
  for (let round = 0; round < 3; round++) {
    const { raw, id } = await mesh.signAction({ target: 'role=web or role=db' }, 'julien')
    await client.put({ envelope: raw })
    for (const tag of ['role=web', 'role=db'])
      await eventually(`the host of ${tag} hears it`, () =>
        (heard.get(tag) ?? []).includes(`${topicName(mesh.mesh, tag)} ${id}`)
      )
  }
})

test('a question of two tags goes out on the topic of the fewer hosts, and is told to no other at their return', async t => {
  const mesh = await makeTestMesh()
  await giveAddresses(mesh)
  const hub = await startHub(t, mesh, mesh.nodes[0]!)
  const heard: string[] = []
  const join = async (...tags: string[]) => {
    const judgeGossip = async (topic: string, data: Uint8Array) => {
      heard.push(`${tags} ${topic} ${idOf(data)}`)
      return 'accept' as const
    }
    const member = await joinAsAgent(t, mesh, await mesh.enrol(tags), { judgeGossip })
    await member.dial(hub.address)
    return member.client(hub.mesh.peer)
  }
  await join('env=prod', 'role=web')
  const other = await join('env=prod')
  const julien = await joinAsConsole(t, mesh, 'julien')
  await julien.mesh.dial(hub.address)
  const client = await julien.mesh.client(hub.mesh.peer)
  const both = await mesh.signAction({ target: 'role=web and env=prod' }, 'julien')
  const after = await mesh.signAction({ target: 'env=prod' }, 'julien')
  for (const { raw } of [both, after]) assert.ok('receipt' in (await client.put({ envelope: raw })))
  await eventually('the second question was heard by both', () => heard.length >= 3)
  const [rare, common] = ['role=web', 'env=prod'].map(tag => topicName(mesh.mesh, tag))
  assert.deepEqual(heard.sort(), [
    `env=prod ${common} ${after.id}`,
    `env=prod,role=web ${common} ${after.id}`,
    `env=prod,role=web ${rare} ${both.id}`
  ])
  assert.deepEqual((await other.open([], [])).missing, [after.id])
  assert.equal(await other.want(both.id), undefined)
})

test('what a node lost on its disk comes back from the other', async t => {
  const mesh = await makeTestMesh()
  await giveAddresses(mesh)
  const [north, south] = await Promise.all(mesh.nodes.map(identity => startHub(t, mesh, identity)))
  const agent = await mesh.enrol()
  const member = await joinAsAgent(t, mesh, agent)
  await member.dial(south!.address)
  const julien = await joinAsConsole(t, mesh, 'julien')
  await julien.mesh.dial(south!.address)
  const console = await julien.mesh.client(south!.mesh.peer)
  const client = await member.client(south!.mesh.peer)
  const { raw, id } = await mesh.signAction({}, 'julien')
  await console.put({ envelope: raw })
  const answers = Array.from({ length: 30 }, (_, seq) =>
    makeAnswer(mesh, agent.identity, id, { seq: seq + 1, part: seq })
  )
  for (const { parcel } of answers) assert.ok('receipt' in (await client.put(parcel)))
  await eventually('both have all', () => north!.documents.count === south!.documents.count)
  await north!.stop()
  const place = join(north!.home, 'db')
  for (const name of readdirSync(place).filter(name => /\.(log|ldb)$/.test(name))) {
    const bytes = readFileSync(join(place, name))
    for (let i = 0; i < 32; i++) bytes[((i + 1) * 977) % bytes.length]! ^= 0xff
    writeFileSync(join(place, name), bytes)
  }
  const back = await north!.again()
  assert.ok(back.events.some(({ event }) => event === 'audited' || event === 'store-set-aside'))
  await eventually('it has everything again', () => back.documents.count === south!.documents.count)
  for (const answer of answers)
    assert.deepEqual((await back.documents.get(answer.id))!.parcel.body, answer.parcel.body)
})
