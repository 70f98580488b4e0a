import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { afterEach, test } from 'node:test'
import { noise } from '@chainsafe/libp2p-noise'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { ConnectionEncrypter } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { lpStream } from '@libp2p/utils'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { systemClock } from '../../../src/clock.ts'
import { encodeCbor } from '../../../src/codec.ts'
import { GumshoeError } from '../../../src/errors.ts'
import { makeNode, type Node, startNode } from '../../../src/mesh/libp2p.ts'
import { Members, PROTOCOL } from '../../../src/mesh/members.ts'
import type { Caller } from '../../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { eventually, MESH_ID, testCard } from '../../support/members.ts'

const stops: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** A libp2p behind the door, and what reached it past the door. */
const guarded = async (judge: (card: Uint8Array, peer: string) => Promise<void> | void = () => undefined) => {
  const judged: { card: Uint8Array; peer: string }[] = []
  const members = new Members({
    clock: systemClock,
    card: () => testCard(MESH_ID, 'node', []),
    judge: async (card, peer): Promise<Caller> => {
      judged.push({ card, peer })
      await judge(card, peer)
      return { role: 'node', peer, name: 'x' }
    }
  })
  const init = {
    role: 'node' as const,
    seed: makeIdentity(randomBytes(32)).seed,
    mesh: MESH_ID,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    tags: []
  }
  const node = await makeNode(init, members, () => false, {})
  const passed: string[] = []
  node.addEventListener('connection:open', event => passed.push(event.detail.remotePeer.toString()))
  node.addEventListener('peer:identify', event => passed.push(event.detail.peerId.toString()))
  await startNode(node, init)
  stops.push(() => node.stop())
  return { node, members, judged, passed, address: node.getMultiaddrs()[0]! }
}

/** A libp2p that dials with an encrypter of its own making. */
const outsider = async (encrypter: (components: never) => ConnectionEncrypter): Promise<Node> => {
  const node = await createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', makeIdentity(randomBytes(32)).seed),
    transports: [tcp()],
    connectionEncrypters: [encrypter as never],
    streamMuxers: [yamux()],
    services: { identify: identify() }
  })
  stops.push(() => node.stop())
  return node as unknown as Node
}

/** Noise under our protocol's name, then these bytes instead of a card. */
const saying = (frame: Uint8Array | undefined) => (components: never) => {
  const inner = noise()(components)
  return {
    protocol: PROTOCOL,
    secureInbound: inner.secureInbound.bind(inner),
    secureOutbound: async (connection, options) => {
      const secured = await inner.secureOutbound(connection, { ...options, skipStreamMuxerNegotiation: true })
      if (frame) await lpStream(secured.connection).write(frame)
      return { ...secured, streamMuxer: undefined }
    }
  } as ConnectionEncrypter
}

test('both sides judge the card with the peer id that noise has proven', async () => {
  const [a, b] = [await guarded(), await guarded()]
  await a.node.dial(b.address)
  await eventually('both are past the door', () => a.passed.length > 0 && b.passed.length > 0)
  assert.deepEqual(a.judged, [{ card: testCard(MESH_ID, 'node', []), peer: b.node.peerId.toString() }])
  assert.deepEqual(b.judged, [{ card: testCard(MESH_ID, 'node', []), peer: a.node.peerId.toString() }])
  assert.equal(a.members.get(b.node.peerId.toString())?.role, 'node')
})

test('a libp2p that speaks plain noise never comes in', async () => {
  const hub = await guarded()
  const plain = await outsider(noise() as never)
  await assert.rejects(plain.dial(hub.address))
  assert.deepEqual([hub.passed, hub.judged], [[], []])
})

test('what is not a card ends at the door, and so does a card that is judged to be no member’s', async () => {
  const hub = await guarded(card => {
    if (Buffer.from(card).includes('bad')) throw new GumshoeError('not-a-member', 'No.')
  })
  for (const frame of [
    encodeCbor(['card', Buffer.from('bad')]),
    encodeCbor(['card', 'text']),
    encodeCbor(['refused', 'rate']),
    encodeCbor(['hello', 1]),
    Uint8Array.of(1, 2, 3),
    new Uint8Array(0),
    encodeCbor(['card', new Uint8Array(9_000)])
  ]) {
    const stranger = await outsider(saying(frame))
    await stranger.dial(multiaddr(hub.address.toString())).catch(() => undefined)
    await eventually('it is out', () => stranger.getConnections().length === 0)
    assert.equal(hub.members.all().length, 0)
  }
  assert.deepEqual(hub.passed, [])
  assert.equal(hub.judged.length, 1)
})

test('the judge’s code is what the dialler learns, once', async () => {
  const [a, hub] = [
    await guarded(),
    await guarded(() => {
      throw new GumshoeError('revoked', 'This host is revoked.')
    })
  ]
  await assert.rejects(a.node.dial(hub.address))
  const peer = hub.node.peerId.toString()
  assert.equal(a.members.refusal(peer)?.code, 'revoked')
  assert.equal(a.members.refusal(peer), undefined)
  // The other side remembers nothing of strangers: their ids could fill its memory.
  assert.equal(hub.members.refusal(a.node.peerId.toString()), undefined)
})

test('a second connection that fails at the door does not take the first one’s membership', async () => {
  let strict = false
  const [a, hub] = [
    await guarded(),
    await guarded(() => {
      if (strict) throw new GumshoeError('rate', 'Later.')
    })
  ]
  await a.node.dial(hub.address)
  await eventually('it is in', () => hub.passed.length > 0)
  strict = true
  await assert.rejects(a.node.dial(hub.address, { force: true }))
  assert.equal(hub.members.get(a.node.peerId.toString())?.role, 'node')
})

test('who is judged again and fails is named, the others stay', async () => {
  const revoked = new Set<string>()
  const hub = await guarded((_, peer) => {
    if (revoked.has(peer)) throw new GumshoeError('revoked', 'Out.')
  })
  const [a, b] = [await guarded(), await guarded()]
  await Promise.all([a.node.dial(hub.address), b.node.dial(hub.address)])
  await eventually('both are in', () => hub.members.all().length === 2)
  revoked.add(a.node.peerId.toString())
  assert.deepEqual(await hub.members.rejudge(), [a.node.peerId.toString()])
  assert.deepEqual(
    hub.members.all().map(({ peer }) => peer),
    [b.node.peerId.toString()]
  )
})

test('a judgement that began before all were judged again is made again', async () => {
  let revoked = false
  let release: () => void = () => undefined
  const hub = await guarded(async () => {
    if (revoked) throw new GumshoeError('revoked', 'Out.')
    // It has looked at the older charter, and is slow.
    await new Promise<void>(resolve => (release = resolve))
  })
  const a = await guarded()
  const dialled = a.node.dial(hub.address).catch(() => undefined)
  await eventually('it is being judged', () => hub.judged.length === 1)
  revoked = true
  assert.deepEqual(await hub.members.rejudge(), [])
  release()
  await dialled
  await eventually('it was judged again', () => hub.judged.length === 2)
  await eventually('it is out', () => hub.node.getConnections().length === 0)
  assert.equal(hub.members.get(a.node.peerId.toString()), undefined)
})

test('bytes that are no handshake hinder nobody', async () => {
  const hub = await guarded()
  const port = Number(hub.address.getComponents().find(({ name }) => name === 'tcp')?.value)
  const nonsense = ['GET / HTTP/1.1\r\n\r\n', '\x13/multistream/1.0.0\n\x07/tls/1\n', '\xff'.repeat(70_000)]
  const sockets = nonsense.map(bytes => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    return socket.on('error', () => undefined)
  })
  stops.push(() => {
    for (const socket of sockets) socket.destroy()
  })
  const member = await guarded()
  await member.node.dial(hub.address)
  await eventually('a member comes in', () => hub.passed.length > 0)
  assert.ok(hub.passed.every(peer => peer === member.node.peerId.toString()))
})
