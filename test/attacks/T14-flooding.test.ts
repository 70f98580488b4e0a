import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, test } from 'node:test'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { encodeCbor, utf8Bytes } from '../../src/codec.ts'
import { LIMITS } from '../../src/limits.ts'
import type { Node } from '../../src/mesh/libp2p.ts'
import { type Mesh, topicName } from '../../src/mesh/mesh.ts'
import { RATES } from '../../src/mesh/rates.ts'
import { SLOW } from '../../src/mesh/slow-addresses.ts'
import { Frames } from '../../src/mesh/sync/frames.ts'
import { SYNC } from '../../src/mesh/sync/verbs.ts'
import {
  canSend,
  eventually,
  hostileMember,
  MESH_ID,
  type TestMemberInit,
  testMember,
  testPort
} from '../support/members.ts'

/** A member that floods costs little, hinders no honest one, and is put out (threats.md, T14). */
const stops: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
const member = async (init: TestMemberInit) => {
  const mesh = await testMember(init)
  stops.push(() => mesh.stop())
  return mesh
}
const flooder = async (hub: Mesh) => {
  const node = await hostileMember()
  stops.push(() => node.stop())
  await node.dial(multiaddr(hub.addresses()[0]!))
  await eventually('its gossip is up', () => canSend(node.services.pubsub))
  return { node, isIn: () => node.getConnections().length > 0 }
}
const sendRpc = (node: Node, to: string, rpc: object): void => {
  const inside = node.services.pubsub as unknown as { sendRpc(id: string, rpc: object): boolean }
  inside.sendRpc(to, { subscriptions: [], messages: [], ...rpc })
}
const ALL = topicName(MESH_ID, 'all')
/** Bytes of a message that the test's hub takes for a forged one. */
const FORGED = 300
const pause = (ms: number) => new Promise<void>(done => setTimeout(done, ms))

/** A hub, and an honest agent that others' questions must reach. */
const honest = async (port = testPort(), judgeGossip?: TestMemberInit['judgeGossip']) => {
  const hub = await member({ role: 'node', port, ...(judgeGossip && { judgeGossip }) })
  const agent = await member({ role: 'agent', hubs: new Map([[hub.peer, hub.addresses()]]) })
  const console_ = await member({ role: 'console', hubs: new Map([[hub.peer, hub.addresses()]]) })
  await eventually('gossip flows', async () => {
    await console_.publish('all', randomBytes(8))
    await pause(50)
    return agent.heard.length > 0
  })
  const reaches = async (word: string) => {
    await console_.publish('all', utf8Bytes(word))
    await eventually(`${word} has come`, () =>
      agent.heard.some(({ data }) => Buffer.from(data).equals(Buffer.from(word)))
    )
  }
  return { hub, agent, reaches }
}

test('2,000 valid-looking messages a second: few are checked, a question passes, the flooder is out', async () => {
  const { hub, reaches } = await honest()
  const { node, isIn } = await flooder(hub)
  const before = hub.heard.length
  const began = performance.now()
  let sent = 0
  while (isIn() && performance.now() - began < 20_000) {
    const messages = Array.from({ length: 50 }, () => ({ topic: ALL, data: randomBytes(200) }))
    sendRpc(node, hub.peer, { messages })
    sent += messages.length
    if (sent === 1_000) await reaches('a question in the flood')
    await pause(Math.max(0, sent / 2 - (performance.now() - began)))
  }
  const seconds = (performance.now() - began) / 1_000
  assert.ok(!isIn(), 'it is out')
  const checked = hub.heard.length - before
  const { burst, perSecond } = RATES.agent.check
  assert.ok(
    checked <= burst + perSecond * (seconds + 1) + 10,
    `${checked} of ${sent} were checked in ${seconds} s`
  )
  await reaches('a question after the flood')
})

test('forgers without number from one address: soon they come in slowly, and the honest behind it stay and come', async () => {
  const { hub, agent, reaches } = await honest(testPort(), async (_, data) =>
    data.length === FORGED ? 'reject' : 'accept'
  )
  let inside = 0
  const forger = async () => {
    const { node, isIn } = await flooder(hub)
    inside++
    const messages = Array.from({ length: 60 }, () => ({ topic: ALL, data: randomBytes(FORGED) }))
    const before = hub.heard.length
    sendRpc(node, hub.peer, { messages })
    await eventually('it is out', () => !isIn())
    return hub.heard.length - before
  }
  for (let i = 0; i < SLOW.expulsions; i++) {
    const checked = await forger()
    assert.ok(checked <= RATES.agent.reject.burst + 10, `${checked} of 60 were checked`)
  }
  const tried = await Promise.allSettled(Array.from({ length: 40 }, forger))
  const refused = tried.filter(({ status }) => status === 'rejected').length
  assert.ok(refused > 0, `${inside} forgers were let in`)
  await reaches('a question while they come')
  assert.equal(agent.members().length, 1, 'the agent was not put out')
  const hubs = new Map([[hub.peer, hub.addresses()]])
  const late = await member({ role: 'agent', hubs })
  await eventually('an honest one of the same address comes in', () => late.members().length === 1, 60_000)
})

test('repeating one message, IHAVE, IWANT and GRAFT without end puts a member out', async () => {
  const { hub, reaches } = await honest()
  const id = () => randomBytes(32)
  const floods: Record<string, () => object> = {
    repeat: () => ({
      messages: Array.from({ length: 60 }, () => ({ topic: ALL, data: utf8Bytes('again') }))
    }),
    ihave: () => ({
      control: { ihave: Array.from({ length: 60 }, () => ({ topicID: ALL, messageIDs: [id(), id()] })) }
    }),
    iwant: () => ({ control: { iwant: Array.from({ length: 60 }, () => ({ messageIDs: [id()] })) } }),
    graft: () => ({ control: { graft: Array.from({ length: 60 }, () => ({ topicID: ALL })) } })
  }
  for (const [name, rpc] of Object.entries(floods)) {
    const { node, isIn } = await flooder(hub)
    for (let i = 0; i < 400 && isIn(); i++) {
      sendRpc(node, hub.peer, { ihave: [], iwant: [], graft: [], prune: [], ...rpc() })
      if (i % 10 === 9) await pause(1)
    }
    await eventually(`${name}: it is out`, () => !isIn())
  }
  await reaches('a question after the floods')
})

test('10,000 subscriptions put a member out, and the hub follows to none of them', async () => {
  const { hub, reaches } = await honest()
  const { node, isIn } = await flooder(hub)
  for (let from = 0; from < 10_000; from += 1_000)
    sendRpc(node, hub.peer, {
      subscriptions: Array.from({ length: 1_000 }, (_, i) => ({ subscribe: true, topic: `t${from + i}` }))
    })
  await eventually('it is out', () => !isIn())
  await reaches('a question after the subscriptions')
})

test('streams without number and frames without end: so many are kept, and an honest put is answered', async () => {
  const { hub, agent } = await honest(testPort({ put: async (_, { envelope }) => ({ receipt: envelope }) }))
  const { node } = await flooder(hub)
  const [connection] = node.getConnections()
  const streams: Stream[] = []
  for (let i = 0; i < 60; i++) {
    const stream = await connection!.newStream(SYNC, { maxOutboundStreams: 1_000 }).catch(() => undefined)
    if (stream === undefined) continue
    streams.push(stream)
    // The head of a frame, and one byte of it.
    try {
      stream.send(Uint8Array.of(0, 15, 255, 255, 0x83))
    } catch {
      // It was reset already.
    }
  }
  await eventually('the rest is reset', () => streams.filter(({ status }) => status === 'open').length <= 16)
  const client = await agent.client(hub.peer)
  assert.deepEqual(await client.put({ envelope: utf8Bytes('x') }), { receipt: utf8Bytes('x') })
})

test('an oversized frame ends its stream before it is taken in', async () => {
  const { hub } = await honest()
  const { node } = await flooder(hub)
  const stream = await node.getConnections()[0]!.newStream(SYNC)
  stream.send(Uint8Array.of(0x7f, 255, 255, 255))
  await eventually('the stream is reset', () => stream.status !== 'open')
})

test('thousands of requests at once wait in their own queue: an honest member is answered in between', async () => {
  let working = 0
  let most = 0
  const { hub, agent } = await honest(
    testPort({
      want: async () => {
        most = Math.max(most, ++working)
        await pause(5)
        working--
        return undefined
      },
      put: async (_, { envelope }) => ({ receipt: envelope })
    })
  )
  const { node } = await flooder(hub)
  const asked: Promise<unknown>[] = []
  for (let s = 0; s < 8; s++) {
    const frames = new Frames(await node.getConnections()[0]!.newStream(SYNC))
    asked.push(
      (async () => {
        await frames.write(['hello', 1, { charterVersion: 1, charterId: MESH_ID }])
        for (let i = 0; i < 1_000; i++) await frames.write(['want', 2 * i + 3, MESH_ID])
      })().catch(() => undefined)
    )
  }
  await eventually('the flood is on', () => working > 0)
  const client = await agent.client(hub.peer)
  for (let i = 0; i < 20; i++)
    assert.deepEqual(await client.put({ envelope: utf8Bytes(`${i}`) }), { receipt: utf8Bytes(`${i}`) })
  assert.ok(most <= 32, `${most} at a time`)
  await Promise.all(asked)
})

test('a follower that grants without end and does not read holds one frame of memory, not the feed', async () => {
  let made = 0
  const item = (sequence: number) => ({
    cursor: { node: hub.peer, incarnation: 'i', sequence },
    kind: 'gumshoe/answer/1',
    id: MESH_ID,
    parcel: { envelope: utf8Bytes('x'), body: new Uint8Array(LIMITS.bodyBytes) },
    live: false
  })
  const { hub } = await honest(
    testPort({
      follow: async function* () {
        while (made < 1_000) yield item(++made)
      }
    })
  )
  const { node } = await flooder(hub)
  const stream = await node.getConnections()[0]!.newStream(SYNC)
  const send = (frame: unknown[]) => {
    const bytes = encodeCbor(frame)
    const head = new Uint8Array(4)
    new DataView(head.buffer).setUint32(0, bytes.length)
    stream.send(Buffer.concat([head, bytes]))
  }
  stream.pause()
  send(['follow', 1, { filter: {}, cursors: [] }])
  for (let i = 0; i < 50; i++) send(['credit', 1, 1_000_000])
  await eventually('it has begun', () => made > 0)
  await pause(300)
  assert.ok(made <= 4, `${made} were made`)
})
