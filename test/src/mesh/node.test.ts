import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { utf8Bytes } from '../../../src/codec.ts'
import { GumshoeError } from '../../../src/errors.ts'
import { LIMITS } from '../../../src/limits.ts'
import type { Mesh } from '../../../src/mesh/mesh.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import {
  eventually,
  hostileMember,
  MESH_ID,
  type TestMemberInit,
  testMember,
  testPort
} from '../../support/members.ts'

const running: Mesh[] = []
const member = async (init: TestMemberInit) => {
  const mesh = await testMember(init)
  running.push(mesh)
  return mesh
}
afterEach(async () => {
  await Promise.all(running.splice(0).map(mesh => mesh.stop()))
})
const hubsOf = (...hubs: Mesh[]) => new Map(hubs.map(hub => [hub.peer, hub.addresses()]))

test('a stranger is told why at the door, and no member ever sees it', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const stranger = await member({ role: 'agent', mesh: 'cd'.repeat(32) })
  await assert.rejects(
    stranger.dial(hub.addresses()[0]!),
    (error: GumshoeError) => error.code === 'not-a-member'
  )
  assert.deepEqual(hub.members(), [])
})

test('members meet: hello on both sides, and both are told when the other goes', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const seen: string[] = []
  hub.onMember(
    caller => seen.push(`up ${caller.role}`),
    caller => seen.push(`down ${caller.role}`)
  )
  const agent = await member({ role: 'agent', hubs: hubsOf(hub) })
  await eventually('the hub sees the agent', () => hub.members().length === 1)
  await agent.stop()
  await eventually('the hub sees it go', () => hub.members().length === 0)
  assert.deepEqual(seen, ['up agent', 'down agent'])
})

test('gossip reaches the members of a topic through the hub, and nobody else', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const hubs = hubsOf(hub)
  const web = await member({ role: 'agent', tags: ['role=web'], hubs })
  const db = await member({ role: 'agent', tags: ['role=db'], hubs })
  const console_ = await member({ role: 'console', hubs })
  await eventually('all are there', () => hub.members().length === 3)
  await eventually('the hub has followed to the topic', async () => {
    await console_.publish('role=web', utf8Bytes(`ping ${Math.random()}`))
    await new Promise(done => setTimeout(done, 50))
    return web.heard.length > 0
  })
  await hub.publish('role=web', utf8Bytes('question'))
  await eventually('web hears it', () =>
    web.heard.some(({ data }) => Buffer.from(data).toString() === 'question')
  )
  assert.deepEqual(db.heard, [])
})

test('the same bytes on two topics reach the subscribers of both', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const web = await member({ role: 'agent', tags: ['role=web'], hubs: hubsOf(hub) })
  const db = await member({ role: 'agent', tags: ['role=db'], hubs: hubsOf(hub) })
  await eventually('both topics are up', async () => {
    await hub.publish('role=web', utf8Bytes(`a ${Math.random()}`))
    await hub.publish('role=db', utf8Bytes(`a ${Math.random()}`))
    await new Promise(done => setTimeout(done, 50))
    return web.heard.length > 0 && db.heard.length > 0
  })
  const data = utf8Bytes('both')
  await hub.publish('role=web', data)
  await hub.publish('role=db', data)
  const has = (mesh: typeof web) => mesh.heard.some(m => Buffer.from(m.data).toString() === 'both')
  await eventually('both hear it', () => has(web) && has(db))
})

test('a member that subscribes to a topic that is not its own is expelled', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  await member({ role: 'agent', tags: ['role=db'], cardTags: ['role=web'], hubs: hubsOf(hub) })
  await eventually('it was there and is gone', () => hub.members().length === 0)
  const probe = await member({ role: 'agent', tags: ['role=web'], hubs: hubsOf(hub) })
  await eventually('an honest one stays', () => hub.members().some(caller => caller.peer === probe.peer))
})

test('a newer charter of a hub is noticed by the next hello; the word of others on it counts for nothing', async () => {
  let version = 1
  // A member that is silent for four pulses is put out: they are long enough for a busy machine.
  const pulseMs = 300
  const port = (own: () => number) =>
    testPort({ hello: () => ({ charterVersion: own(), charterId: MESH_ID }) })
  const told: string[] = []
  const behind = (who: string) => (peer: string) => void told.push(`${who} ${peer}`)
  const hub = await member({ role: 'node', port: port(() => version), pulseMs })
  const hubs = hubsOf(hub)
  await member({ role: 'agent', hubs, port: port(() => 1), pulseMs, behind: behind('agent') })
  const node = await member({ role: 'node', hubs, port: port(() => 1), pulseMs, behind: behind('node') })
  const ahead = await member({ role: 'agent', port: port(() => 9), pulseMs })
  await ahead.dial(node.addresses()[0]!)
  await eventually('all are there', () => hub.members().length === 2 && node.members().length === 2)
  await new Promise(done => setTimeout(done, 3 * pulseMs))
  assert.equal(told.length, 0, 'nobody is ahead of us whose word counts')
  version = 2
  const expected = [`agent ${hub.peer}`, `node ${hub.peer}`]
  await eventually('both know', () => expected.every(line => told.includes(line)))
  assert.deepEqual([...new Set(told)].sort(), expected)
})

test('put, want and the codes of refusals cross the stream', async () => {
  const hub = await member({
    role: 'node',
    port: testPort({
      put: async (caller, parcel) => {
        if (parcel.body !== undefined) throw new GumshoeError('quota', `${caller.role} has too much here.`)
        return { receipt: parcel.envelope }
      },
      want: async (_, id) => (id === MESH_ID ? { envelope: utf8Bytes('here') } : undefined)
    })
  })
  const agent = await member({ role: 'agent' })
  await agent.dial(hub.addresses()[0]!)
  const client = await agent.client(hub.peer)
  assert.deepEqual(await client.put({ envelope: utf8Bytes('x') }), { receipt: utf8Bytes('x') })
  await assert.rejects(client.put({ envelope: utf8Bytes('x'), body: utf8Bytes('y') }), {
    code: 'quota',
    message: 'agent has too much here.'
  })
  assert.deepEqual(await client.want(MESH_ID), { envelope: utf8Bytes('here') })
  assert.equal(await client.want('00'.repeat(32)), undefined)
  const many = await Promise.all(
    Array.from({ length: 300 }, (_, i) => client.put({ envelope: utf8Bytes(`p${i}`) }))
  )
  assert.equal(many.length, 300)
})

test('a feed larger than the credit arrives whole, in order, and ends', async () => {
  const item = (sequence: number) => ({
    cursor: { node: makeIdentity().peer, incarnation: 'i', sequence },
    kind: 'gumshoe/receipt/1',
    id: MESH_ID,
    parcel: { envelope: utf8Bytes(String(sequence)) },
    live: false
  })
  const hub = await member({
    role: 'node',
    port: testPort({
      follow: async function* () {
        for (let i = 1; i <= 1_000; i++) yield item(i)
      }
    })
  })
  const agent = await member({ role: 'agent' })
  await agent.dial(hub.addresses()[0]!)
  const got: number[] = []
  for await (const entry of (await agent.client(hub.peer)).follow({}, [], new AbortController().signal))
    got.push(entry.cursor.sequence)
  assert.deepEqual(
    got,
    Array.from({ length: 1_000 }, (_, i) => i + 1)
  )
})

test('large documents wait their turn on both sides, and every one is answered', async () => {
  let working = 0
  let most = 0
  const hub = await member({
    role: 'node',
    port: testPort({
      put: async (_, { envelope }) => {
        most = Math.max(most, ++working)
        await new Promise(done => setTimeout(done, 20))
        working--
        return { receipt: envelope }
      }
    })
  })
  const agent = await member({ role: 'agent' })
  await agent.dial(hub.addresses()[0]!)
  const client = await agent.client(hub.peer)
  const body = new Uint8Array(LIMITS.bodyBytes)
  const envelope = utf8Bytes('x')
  const replies = await Promise.all(Array.from({ length: 90 }, () => client.put({ envelope, body })))
  assert.equal(replies.length, 90)
  assert.ok(most > 1 && most <= 32, `${most} at a time`)
})

test('a node answers an agent over the connection that the agent opened, and asks it too', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const port = testPort({ want: async caller => ({ envelope: utf8Bytes(caller.role) }) })
  const agent = await member({ role: 'agent', listen: [], hubs: hubsOf(hub), port })
  await eventually('the agent is there', () => hub.members().length === 1)
  const client = await hub.client(agent.peer)
  assert.deepEqual(await client.want(MESH_ID), { envelope: utf8Bytes('node') })
  await agent.stop()
  await eventually('it is gone', () => hub.members().length === 0)
  await assert.rejects(client.want(MESH_ID), { code: 'unreached' })
  await assert.rejects(hub.client(agent.peer), { code: 'unreached' })
})

test('a listener that throws hinders neither the others nor the process', async () => {
  const hub = await member({ role: 'node', port: testPort() })
  const seen: string[] = []
  const fail = () => {
    throw new Error('a defect')
  }
  hub.onMember(fail, fail)
  hub.onMember(
    () => seen.push('up'),
    () => seen.push('down')
  )
  const agent = await member({ role: 'agent', hubs: hubsOf(hub) })
  await eventually('it is there', () => hub.members().length === 1)
  const late: string[] = []
  hub.onMember(
    ({ peer }) => late.push(peer),
    () => undefined
  )
  assert.deepEqual(late, [agent.peer])
  await agent.stop()
  await eventually('it is gone', () => seen.includes('down'))
  assert.deepEqual(seen, ['up', 'down'])
})

test('who is no member any more is told of as gone, and its feed ends', async () => {
  let revoked = ''
  const hub = await member({
    role: 'node',
    port: testPort({
      follow: async function* (_caller, _filter, _cursors, signal) {
        yield* []
        await new Promise(done => signal.addEventListener('abort', done))
      }
    }),
    judge: (_, peer) => {
      if (peer === revoked) throw new GumshoeError('revoked', 'Revoked.')
    }
  })
  const gone: string[] = []
  hub.onMember(
    () => undefined,
    ({ peer }) => gone.push(peer)
  )
  const console_ = await member({ role: 'console' })
  await console_.dial(hub.addresses()[0]!)
  const following = (async () => {
    for await (const _ of (await console_.client(hub.peer)).follow({}, [], new AbortController().signal));
  })()
  const cut = assert.rejects(following, { code: 'unreached' })
  await new Promise(done => setTimeout(done, 50))
  revoked = console_.peer
  await hub.rejudge()
  await cut
  await eventually('it was told', () => gone.includes(console_.peer))
})

test('a console whose voucher is over is disconnected', async () => {
  let until = Number.MAX_SAFE_INTEGER
  const hub = await member({ role: 'node', port: testPort(), pulseMs: 50, until: () => until })
  const console_ = await member({ role: 'console' })
  await console_.dial(hub.addresses()[0]!)
  await eventually('it is there', () => hub.members().length === 1)
  until = 0
  await hub.rejudge()
  await eventually('it is gone', () => hub.members().length === 0)
})

test('a member that dials and then says nothing is given up', async () => {
  const hub = await member({ role: 'node', port: testPort(), pulseMs: 50 })
  // A member that dials and then says nothing ever again.
  const silent = await hostileMember()
  await silent.dial(multiaddr(hub.addresses()[0]!))
  await eventually('the hub ends it', () => silent.getConnections().length === 0)
  await silent.stop()
})

test('neighbours are found through the hubs, and gossip goes on when every hub is gone', async () => {
  const agents: Mesh[] = []
  const port = testPort({
    neighbours: async ({ peer }) =>
      agents.filter(agent => agent.peer !== peer).map(agent => agent.addresses()[0]!)
  })
  const hubs = [await member({ role: 'node', port }), await member({ role: 'node', port })]
  const heard: (() => string[])[] = []
  for (let i = 0; i < 5; i++) {
    const agent = await member({ role: 'agent', hubs: hubsOf(...hubs) })
    agents.push(agent)
    heard.push(() => agent.heard.map(({ data }) => Buffer.from(data).toString()))
  }
  const neighboursOf = (mesh: Mesh) => mesh.members().filter(({ role }) => role === 'agent').length
  await eventually('all have neighbours', () => agents.every(agent => neighboursOf(agent) >= 3))
  for (const hub of hubs) {
    running.splice(running.indexOf(hub), 1)
    await hub.stop()
  }
  const console_ = await member({ role: 'console' })
  await console_.dial(agents[0]!.addresses()[0]!)
  assert.ok((await console_.publish('all', utf8Bytes('anyone?'))) > 0)
  await eventually('all hear it without a hub', () => heard.every(words => words().includes('anyone?')))
})

test('a hub that comes back on the same address is found again', async () => {
  const seed = makeIdentity().seed
  const hub = await member({ role: 'node', seed, port: testPort() })
  const listen = [hub.addresses()[0]!.split('/p2p/')[0]!]
  const agent = await member({ role: 'agent', hubs: hubsOf(hub) })
  await eventually('they meet', () => agent.members().length === 1)
  await hub.stop()
  await eventually('the agent sees it go', () => agent.members().length === 0)
  await member({ role: 'node', seed, listen, port: testPort() })
  await eventually('they meet again', () => agent.members().length === 1)
})

test('who is no member after the charter changed is disconnected', async () => {
  const revoked = new Set<string>()
  const hub = await member({
    role: 'node',
    port: testPort(),
    judge: (_, peer) => {
      if (revoked.has(peer)) throw new GumshoeError('revoked', 'This host is revoked.')
    }
  })
  const agent = await member({ role: 'agent', hubs: hubsOf(hub) })
  const other = await member({ role: 'agent', hubs: hubsOf(hub) })
  await eventually('both are there', () => hub.members().length === 2)
  revoked.add(agent.peer)
  await hub.rejudge()
  await eventually('it is out', () => hub.members().every(caller => caller.peer === other.peer))
  await eventually('the door says why', () =>
    agent.dial(hub.addresses()[0]!).then(
      () => false,
      error => error.code === 'revoked'
    )
  )
})

test('an address in use and a malformed one are said by name', async () => {
  const hub = await member({ role: 'node' })
  const address = hub.addresses()[0]!.split('/p2p/')[0]!
  await assert.rejects(member({ role: 'node', listen: [address] }), { code: 'port-in-use' })
  await assert.rejects(hub.dial('nonsense'), { code: 'usage' })
  for (const listen of [
    'nonsense',
    '/ip4/127.0.0.1/tcp/99999',
    '/ip4/198.51.100.7/tcp/7070',
    '/ip4/127.0.0.1/udp/5'
  ])
    await assert.rejects(member({ role: 'node', listen: [listen] }), { code: 'usage' }, listen)
  await assert.rejects(hub.dial('/ip4/127.0.0.1/tcp/1'), { code: 'unreached' })
})
