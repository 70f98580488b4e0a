import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { utf8Bytes } from '../../../src/codec.ts'
import { GumshoeError } from '../../../src/errors.ts'
import type { Mesh } from '../../../src/mesh/mesh.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { eventually, MESH_ID, type TestMemberInit, testMember, testPort } from '../../support/members.ts'

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
  await assert.rejects(hub.dial('/ip4/127.0.0.1/tcp/1'), { code: 'unreached' })
})
