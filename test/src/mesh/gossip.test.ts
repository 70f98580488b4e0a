import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { multiaddr } from '@multiformats/multiaddr'
import { utf8Bytes } from '../../../src/codec.ts'
import { LIMITS } from '../../../src/limits.ts'
import { messageId } from '../../../src/mesh/gossip.ts'
import { type Mesh, topicName } from '../../../src/mesh/mesh.ts'
import {
  canSend,
  eventually,
  hostileMember,
  MESH_ID,
  type TestMemberInit,
  testMember,
  testPort
} from '../../support/members.ts'

const stops: (() => Promise<unknown>)[] = []
const member = async (init: TestMemberInit) => {
  const mesh = await testMember(init)
  stops.push(() => mesh.stop())
  return mesh
}
const hostile = async (hub: Mesh, tags: string[] = []) => {
  const node = await hostileMember(tags)
  stops.push(async () => node.stop())
  await node.dial(multiaddr(hub.addresses()[0]!))
  const { pubsub } = node.services
  await eventually('gossip is up', () => canSend(pubsub))
  return { node, pubsub, isIn: () => node.getConnections().length > 0 }
}
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const ALL = topicName(MESH_ID, 'all')
/** What gossipsub sends to one peer, made by hand. */
const sendRpc = (pubsub: GossipSub, to: string, rpc: object): void => {
  const inside = pubsub as unknown as { sendRpc(id: string, rpc: object): boolean }
  inside.sendRpc(to, { subscriptions: [], messages: [], ...rpc })
}

test('the id of a message covers topic and data', () => {
  const id = (topic: string, data: string) =>
    Buffer.from(messageId({ topic, data: utf8Bytes(data) })).toString('hex')
  assert.equal(id('a', 'x').length, 64)
  assert.notEqual(id('a', 'x'), id('b', 'x'))
  assert.notEqual(id('a', 'x'), id('a', 'y'))
  assert.equal(id('a', 'x'), id('a', 'x'))
})

test('a hub follows its agents to their own topics and to no others', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const { pubsub, isIn } = await hostile(hub, ['role=web'])
  pubsub.subscribe(topicName(MESH_ID, 'role=web'))
  await eventually('the hub has followed', () =>
    pubsub.getSubscribers(topicName(MESH_ID, 'role=web')).some(peer => peer.toString() === hub.peer)
  )
  assert.ok(isIn())
  for (const topic of [topicName(MESH_ID, 'role=db'), topicName('cd'.repeat(32), 'all'), 'x', `${ALL}/`]) {
    const other = await hostile(hub, ['role=web'])
    other.pubsub.subscribe(topic)
    await eventually(`who hears ${topic} is out`, () => !other.isIn())
  }
})

test('an agent expels a neighbour that hears what is not its own', async () => {
  const agent = await member({ role: 'agent', tags: ['role=web'] })
  const { pubsub, isIn } = await hostile(agent, ['role=db'])
  pubsub.subscribe(topicName(MESH_ID, 'role=web'))
  await eventually('it is out', () => !isIn())
})

test('who is expelled stays out', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const { node, pubsub, isIn } = await hostile(hub)
  pubsub.subscribe('x')
  await eventually('it is out', () => !isIn())
  await assert.rejects(node.dial(multiaddr(hub.addresses()[0]!)))
})

test('each message is judged once, whoever repeats it', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const [one, two] = [await hostile(hub), await hostile(hub)]
  const message = { topic: ALL, data: utf8Bytes('question') }
  for (let i = 0; i < 5; i++)
    for (const { pubsub } of [one, two]) sendRpc(pubsub, hub.peer, { messages: [message] })
  sendRpc(one.pubsub, hub.peer, { messages: [{ ...message, data: utf8Bytes('last') }] })
  await eventually('the last has come', () => hub.heard.length === 2)
  assert.deepEqual(
    hub.heard.map(({ data }) => Buffer.from(data).toString()),
    ['question', 'last']
  )
})

test('what is ignored or rejected goes no further, and a judge that throws ignores', async () => {
  const hub = await member({
    role: 'node',
    port: testPort(),
    judgeGossip: async (_, data) => {
      const word = Buffer.from(data).toString()
      if (word === 'throw') throw new Error('a defect')
      return word as 'accept'
    }
  })
  const agent = await member({ role: 'agent' })
  await agent.dial(hub.addresses()[0]!)
  const { pubsub, isIn } = await hostile(hub)
  await eventually('the agent hears', async () => {
    await hub.publish('all', utf8Bytes(`${Math.random()}`))
    return agent.heard.length > 0
  })
  const heard = () => agent.heard.map(({ data }) => Buffer.from(data).toString())
  for (const word of ['ignore', 'reject', 'throw', 'accept'])
    sendRpc(pubsub, hub.peer, { messages: [{ topic: ALL, data: utf8Bytes(word) }] })
  await eventually('what is accepted has come', () => heard().includes('accept'))
  for (const word of ['ignore', 'reject', 'throw']) assert.ok(!heard().includes(word), word)
  assert.ok(isIn(), 'one bad message is no crime')
})

test('who keeps sending what every honest node rejects is expelled', async () => {
  const hub = await member({ role: 'node', port: testPort(), judgeGossip: async () => 'reject' })
  const { pubsub, isIn } = await hostile(hub)
  for (let i = 0; i < 40; i++)
    sendRpc(pubsub, hub.peer, { messages: [{ topic: ALL, data: utf8Bytes(`forged ${i}`) }] })
  await eventually('it is out', () => !isIn())
  assert.ok(hub.heard.length < 40, `${hub.heard.length} were judged`)
})

test('messages of topics that are not ours, and oversized ones, reach no judge and no cache', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const agent = await member({ role: 'agent' })
  await agent.dial(hub.addresses()[0]!)
  const { pubsub, isIn } = await hostile(hub)
  const large = new Uint8Array(LIMITS.charterBytes + 2 * LIMITS.signatures * LIMITS.signatureBytes)
  sendRpc(pubsub, hub.peer, { messages: [{ topic: 'elsewhere', data: utf8Bytes('x') }] })
  sendRpc(pubsub, hub.peer, { messages: [{ topic: ALL, data: large }] })
  sendRpc(pubsub, hub.peer, { messages: [{ topic: ALL, data: utf8Bytes('fine') }] })
  await eventually('what is fine has come', () => hub.heard.length > 0)
  assert.deepEqual(
    hub.heard.map(({ data }) => Buffer.from(data).toString()),
    ['fine']
  )
  assert.ok(isIn())
})

test('the largest charter is announced, and gossip goes on after it', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const agent = await member({ role: 'agent', hubs: new Map([[hub.peer, hub.addresses()]]) })
  await eventually('the agent is there', () => hub.members().length === 1)
  await eventually('it hears', async () => {
    await hub.publish('all', utf8Bytes(`${Math.random()}`))
    return agent.heard.length > 0
  })
  const before = agent.heard.length
  await hub.publish('all', new Uint8Array(LIMITS.charterBytes))
  await hub.publish('all', utf8Bytes('after'))
  await eventually('both have come', () => agent.heard.length >= before + 2)
})

test('what is published before the first subscription is known still goes', async () => {
  const agent = await member({ role: 'agent' })
  const console_ = await member({ role: 'console' })
  await console_.dial(agent.addresses()[0]!)
  assert.equal(await console_.publish('all', utf8Bytes('at once')), 1)
  await eventually('it has come', () => agent.heard.length === 1)
})

test('a member whose gossip has ended by itself is disconnected, so that it comes back whole', async () => {
  const hub = await member({ role: 'node', port: testPort(), pulseMs: 100 })
  const { node, isIn } = await hostile(hub)
  const { pubsub } = node.services
  // A frame beyond what the hub reads: its side of gossip ends, the connection does not.
  for (let i = 0; i < 3; i++)
    sendRpc(pubsub, hub.peer, {
      messages: Array.from({ length: 5 }, () => ({ topic: ALL, data: new Uint8Array(1 << 20).fill(i) }))
    })
  await eventually('it is out', () => !isIn())
})
