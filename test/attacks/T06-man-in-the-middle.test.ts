import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, test } from 'node:test'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { ConnectionEncrypter } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { toHex, utf8Bytes } from '../../src/codec.ts'
import type { Mesh } from '../../src/mesh/mesh.ts'
import { makeIdentity } from '../../src/trust/identity.ts'
import { eventually, type TestMemberInit, testMember, testPort } from '../support/members.ts'

/** Who sits on the wire may cut it; he reads nothing, changes nothing, replays nothing and is nobody (threats.md, T6). */
const stops: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
const member = async (init: TestMemberInit) => {
  const mesh = await testMember(init)
  stops.push(() => mesh.stop())
  return mesh
}
const portOf = (mesh: Mesh): number => Number(/\/tcp\/(\d+)/.exec(mesh.addresses()[0]!)![1])

/** A hub that writes down what it was given, and who came. */
const target = async () => {
  const got: string[] = []
  const hub = await member({
    role: 'node',
    port: testPort({
      put: async (_, { envelope }) => {
        got.push(toHex(envelope))
        return { receipt: envelope }
      }
    })
  })
  return { hub, got }
}

/** A wire in the attacker's hands: `pass` sees each chunk with its place in its direction, and says what goes on. */
const wire = async (
  to: number,
  pass: (chunk: Buffer, at: number, outward: boolean, cut: () => void) => Buffer
): Promise<number> => {
  const sockets = new Set<Socket>()
  const server: Server = createServer(near => {
    const far = connect(to, '127.0.0.1')
    const cut = () => {
      near.destroy()
      far.destroy()
    }
    for (const [from, other, outward] of [
      [near, far, true],
      [far, near, false]
    ] as const) {
      let at = 0
      sockets.add(from)
      from.on('error', cut)
      from.on('close', cut)
      from.on('data', chunk => {
        const begin = at
        at += chunk.length
        if (!other.destroyed) other.write(pass(chunk, begin, outward, cut))
      })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

test('one flipped bit at any place, either way: the hub takes the document as it was sent, or nothing', async () => {
  const { hub, got } = await target()
  const sent = new Set<string>()
  const places = [
    0, 3, 21, 40, 60, 75, 90, 120, 150, 180, 220, 260, 300, 350, 400, 500, 600, 800, 1_000, 1_300, 1_700
  ]
  let answered = 0
  const trial = async (place: number, outward: boolean): Promise<void> => {
    const port = await wire(portOf(hub), (chunk, at, direction, cut) => {
      if (direction !== outward || place < at || place >= at + chunk.length) return chunk
      const altered = Buffer.from(chunk)
      altered[place - at]! ^= 1 << (place % 8)
      // What hangs would only wait for its deadline.
      setTimeout(cut, 1_000).unref()
      return altered
    })
    const agent = await member({ role: 'agent', listen: [] })
    const envelope = randomBytes(400)
    sent.add(toHex(envelope))
    await agent
      .dial(`/ip4/127.0.0.1/tcp/${port}/p2p/${hub.peer}`)
      .then(async () => (await agent.client(hub.peer)).put({ envelope }))
      .then(reply => {
        answered++
        assert.deepEqual(reply, { receipt: new Uint8Array(envelope) })
      })
      .catch(error => assert.ok(['unreached', 'timeout', 'protocol'].includes(error.code), String(error)))
  }
  for (const outward of [true, false])
    for (let from = 0; from < places.length; from += 7)
      await Promise.all(places.slice(from, from + 7).map(place => trial(place, outward)))
  assert.ok(got.every(hex => sent.has(hex)))
  assert.ok(
    answered < places.length,
    `${answered} of ${2 * places.length} were answered: the wire was not altered`
  )
  const honest = await member({ role: 'agent' })
  await honest.dial(hub.addresses()[0]!)
})

test('an untouched wire is a wire: the proxy of these tests works, and shows no plaintext', async () => {
  const { hub, got } = await target()
  const seen: Buffer[] = []
  const port = await wire(portOf(hub), chunk => {
    seen.push(Buffer.from(chunk))
    return chunk
  })
  const agent = await member({ role: 'agent', tags: ['role=secret-tag'] })
  await agent.dial(`/ip4/127.0.0.1/tcp/${port}/p2p/${hub.peer}`)
  const envelope = utf8Bytes('a sentence that nobody on the way may read')
  await (await agent.client(hub.peer)).put({ envelope })
  assert.deepEqual(got, [toHex(envelope)])
  const text = Buffer.concat(seen).toString('latin1')
  for (const word of ['sentence', 'secret-tag', 'gumshoe/1/', '/gumshoe/sync', hub.peer])
    assert.ok(!text.includes(word), word)
})

test('a captured connection that is replayed brings nobody in and runs nothing', async () => {
  const { hub, got } = await target()
  const ups: string[] = []
  hub.onMember(
    ({ peer }) => ups.push(peer),
    () => undefined
  )
  const captured: Buffer[] = []
  const port = await wire(portOf(hub), (chunk, _, outward) => {
    if (outward) captured.push(Buffer.from(chunk))
    return chunk
  })
  const agent = await member({ role: 'agent' })
  await agent.dial(`/ip4/127.0.0.1/tcp/${port}/p2p/${hub.peer}`)
  await (await agent.client(hub.peer)).put({ envelope: utf8Bytes('once') })
  await agent.stop()
  await eventually('it has gone', () => hub.members().length === 0)
  assert.deepEqual([got.length, ups.length], [1, 1])
  for (const pace of [0, 5]) {
    const socket = connect(portOf(hub), '127.0.0.1')
    socket.on('error', () => undefined)
    for (const chunk of captured) {
      socket.write(chunk)
      await new Promise(done => setTimeout(done, pace))
    }
    await new Promise(done => setTimeout(done, 200))
    socket.destroy()
  }
  assert.deepEqual([got.length, ups.length, hub.members().length], [1, 1, 0])
})

test('a hub with another key in the middle is not the hub', async () => {
  const { hub } = await target()
  const { hub: middle, got } = await target()
  const port = await wire(portOf(middle), chunk => chunk)
  const agent = await member({ role: 'agent' })
  await assert.rejects(agent.dial(`/ip4/127.0.0.1/tcp/${port}/p2p/${hub.peer}`), { code: 'unreached' })
  assert.deepEqual([agent.members(), got], [[], []])
})

test('plaintext and other encrypters are refused, whatever they are called', async () => {
  const { hub } = await target()
  for (const protocol of [
    '/plaintext/2.0.0',
    '/noise',
    '/tls/1.0.0',
    '/gumshoe/noise/0',
    '/gumshoe/noise/2'
  ]) {
    const plain: ConnectionEncrypter = {
      protocol,
      secureInbound: () => Promise.reject(new Error('not used')),
      secureOutbound: async connection => ({ connection, remotePeer: peerIdFromString(hub.peer) })
    }
    const stranger = await createLibp2p({
      privateKey: await generateKeyPairFromSeed('Ed25519', makeIdentity(randomBytes(32)).seed),
      transports: [tcp()],
      connectionEncrypters: [() => plain],
      streamMuxers: [yamux()],
      services: { identify: identify() }
    })
    stops.push(() => stranger.stop())
    await assert.rejects(stranger.dial(multiaddr(hub.addresses()[0]!)), protocol)
  }
  assert.deepEqual(hub.members(), [])
})
