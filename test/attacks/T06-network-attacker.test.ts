import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { sameBytes } from '../../src/codec.ts'
import { PROTOCOL } from '../../src/mesh/members.ts'
import type { Mesh } from '../../src/mesh/mesh.ts'
import type { Parcel } from '../../src/mesh/sync/ports.ts'
import { SYNC } from '../../src/mesh/sync/verbs.ts'
import { eventually, testMember, testPort } from '../support/members.ts'

/**
 * T6. An attacker on the wire flips bytes, offers no encryption or another version, plays back what it captured, stands in
 * the middle with a key of its own. Expected: the connection ends, and nothing but what a member truly sent is ever taken.
 */

const BULK = new Uint8Array(randomBytes(64 << 10))
const OTHER = new Uint8Array(randomBytes(64 << 10))

let hub: Mesh
let port: number
const taken: Parcel[] = []
before(async () => {
  const put = async (_: unknown, parcel: Parcel) => {
    taken.push(parcel)
    return { receipt: new Uint8Array([1]) }
  }
  hub = await testMember({ role: 'node', port: testPort({ put, want: async () => ({ envelope: OTHER }) }) })
  port = Number(/tcp\/(\d+)/.exec(hub.addresses()[0]!)![1])
})
after(() => hub.stop())

type Direction = 'to the hub' | 'to the member'

/** A wire to the hub that counts and keeps what goes over it, and flips one bit of one byte where it is told to. */
class Tap {
  readonly #server: Server
  readonly #flip: { readonly direction: Direction; readonly at: number } | undefined
  readonly carried: Record<Direction, Buffer[]> = { 'to the hub': [], 'to the member': [] }
  flipped = false

  constructor(flip?: { direction: Direction; at: number }) {
    this.#flip = flip
    this.#server = createServer(socket => {
      const onward = connect(port, '127.0.0.1')
      this.#carry(socket, onward, 'to the hub')
      this.#carry(onward, socket, 'to the member')
    })
  }

  #carry(from: Socket, to: Socket, direction: Direction): void {
    let count = 0
    from.on('error', () => to.destroy()).on('close', () => to.destroy())
    from.on('data', (chunk: Buffer) => {
      const at = this.#flip?.direction === direction ? this.#flip.at - count : -1
      count += chunk.length
      if (at >= 0 && at < chunk.length) {
        chunk[at]! ^= 1
        this.flipped = true
      }
      this.carried[direction].push(chunk)
      to.write(chunk)
    })
  }

  async address(): Promise<string> {
    await new Promise<void>(done => this.#server.listen(0, '127.0.0.1', done))
    return `/ip4/127.0.0.1/tcp/${(this.#server.address() as { port: number }).port}/p2p/${hub.peer}`
  }

  bytes(direction: Direction): Buffer {
    return Buffer.concat(this.carried[direction])
  }

  close(): void {
    this.#server.close()
  }
}

/** Joins over this wire, puts, asks back. Throws where the connection does not hold. */
const talk = async (tap: Tap): Promise<void> => {
  const member = await testMember({ role: 'console' })
  try {
    const { peer } = await member.dial(await tap.address())
    const client = await member.client(peer)
    assert.ok('receipt' in (await client.put({ envelope: BULK })))
    const parcel = await client.want('ab'.repeat(32))
    assert.ok(sameBytes(parcel!.envelope, OTHER), 'what came back is what was sent')
  } finally {
    await member.stop()
    tap.close()
  }
}

let clean: Tap
test('over a wire that only carries, it works', async () => {
  clean = new Tap()
  await talk(clean)
  assert.equal(taken.length, 1)
  for (const direction of ['to the hub', 'to the member'] as const) {
    assert.ok(clean.bytes(direction).length > BULK.length)
    for (const secret of [BULK, OTHER])
      assert.ok(
        !clean.bytes(direction).includes(Buffer.from(secret.subarray(0, 64))),
        'nothing goes over it in clear'
      )
  }
})

test('one flipped bit anywhere ends the connection, and nothing altered is taken', {
  timeout: 120_000
}, async () => {
  for (const direction of ['to the hub', 'to the member'] as const) {
    const total = clean.bytes(direction).length
    // Close together in the handshake, then spread over what follows.
    const spread = [0.2, 0.4, 0.6, 0.8].map(part => Math.floor(total * part))
    const places = [0, 5, 25, 45, 80, 120, 200, 300, 500, ...spread]
    const taps = places.map(at => new Tap({ direction, at }))
    const ended = await Promise.all(
      taps.map(tap =>
        talk(tap).then(
          () => 'lived',
          (error: Error) => (error.name === 'AssertionError' ? error.message : 'died')
        )
      )
    )
    for (const [i, tap] of taps.entries()) {
      assert.ok(tap.flipped, `byte ${places[i]} ${direction} was flipped`)
      assert.equal(ended[i], 'died', `byte ${places[i]} ${direction}`)
    }
  }
  for (const { envelope } of taken) assert.ok(sameBytes(envelope, BULK))
})

const line = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length + 1]), Buffer.from(`${text}\n`)])

/** What the hub says to one protocol that is asked of it in clear: itself, or `na`. */
const ask = (protocol: string): Promise<string> =>
  new Promise((done, failed) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    socket.on('error', failed)
    socket.on('data', chunk => {
      said += chunk.toString('latin1')
      const lines = said.split('\n').slice(0, -1)
      if (lines.length < 2) return
      socket.destroy()
      done(lines[1]!.slice(1))
    })
    socket.write(Buffer.concat([line('/multistream/1.0.0'), line(protocol)]))
  })

test('there is no way in without our own encrypter, of this version', async () => {
  assert.equal(await ask(PROTOCOL), PROTOCOL)
  for (const protocol of [
    '/plaintext/2.0.0',
    '/plaintext/1.0.0',
    '/noise',
    '/tls/1.0.0',
    PROTOCOL.replace(/1$/, '0'),
    PROTOCOL.replace(/1$/, '2'),
    SYNC,
    '/yamux/1.0.0',
    '/mplex/6.7.0',
    '/ipfs/id/1.0.0',
    '/meshsub/1.1.0'
  ])
    assert.equal(await ask(protocol), 'na', protocol)
})

test('a captured session played back to the hub brings nothing about', async () => {
  const before = taken.length
  const members = hub.members().length
  const captured = clean.bytes('to the hub')
  const socket = connect(port, '127.0.0.1')
  let answered = 0
  await new Promise<void>(done => {
    socket.on('error', () => undefined)
    socket.on('close', () => done())
    socket.on('data', chunk => (answered += chunk.length))
    socket.write(captured)
  })
  assert.ok(answered > 0, 'it was talked to')
  assert.equal(taken.length, before)
  assert.equal(hub.members().length, members)
})

test('a captured session played back to a member is no hub', async () => {
  const captured = clean.bytes('to the member')
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.write(captured)
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port: fake } = server.address() as { port: number }
  const member = await testMember({ role: 'console' })
  try {
    await assert.rejects(member.dial(`/ip4/127.0.0.1/tcp/${fake}/p2p/${hub.peer}`), { code: 'unreached' })
    assert.deepEqual(member.members(), [])
    assert.equal(sockets.length, 1)
  } finally {
    await member.stop()
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})

test('who stands in the middle with a key of its own is not who was dialled', async () => {
  const mallory = await testMember({ role: 'node' })
  const member = await testMember({ role: 'console' })
  try {
    const address = mallory.addresses()[0]!.replace(/\/p2p\/.*$/, '')
    await assert.rejects(member.dial(`${address}/p2p/${hub.peer}`), { code: 'unreached' })
    assert.deepEqual(member.members(), [])
    await eventually('it sees nobody', () => mallory.members().length === 0)
    // The same member under its own name is let in: it was the name that was refused.
    assert.equal((await member.dial(`${address}/p2p/${mallory.peer}`)).peer, mallory.peer)
  } finally {
    await member.stop()
    await mallory.stop()
  }
})
