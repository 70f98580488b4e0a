import type { Connection, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { type Clock, systemClock } from '../clock.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { joinedMesh } from '../trust/permit.ts'
import { Gossip } from './gossip.ts'
import { Hubs } from './hubs.ts'
import { type Node, startNode } from './libp2p.ts'
import { Members } from './members.ts'
import type { Mesh, MeshComponents, MeshInit } from './mesh.ts'
import { Rates } from './rates.ts'
import { Client } from './sync/client.ts'
import { SYNC } from './sync/frames.ts'
import type { Caller, Hello } from './sync/ports.ts'
import { serve } from './sync/serve.ts'

/** Streams of one peer at a time: one long-lived one each way, and its follows. */
const STREAMS = 64
/** How long an expelled peer stays out. */
const EXPELLED_MS = 5 * 60_000
/** A member that says nothing for this long is asked hello; one that doesn't answer is gone. */
const PULSE_MS = 30_000

/** Starts one member of the mesh. Throws `port-in-use`, `permission`, `usage` for addresses that can't be had. */
export const createMesh = async (
  init: MeshInit,
  components: MeshComponents,
  clock: Clock = systemClock
): Promise<Mesh> => {
  // From here on this process runs what its gate accepts, nothing else (threats.md, T22).
  joinedMesh()
  const member = new Member(init, components, clock)
  await member.start()
  return member
}

class Member implements Mesh {
  readonly #init: MeshInit
  readonly #components: MeshComponents
  readonly #clock: Clock
  readonly #members: Members
  readonly #rates: Rates
  #hubs!: Hubs
  readonly #clients = new Map<string, Client>()
  readonly #present = new Set<string>()
  readonly #expelled = new Map<string, number>()
  readonly #ups: ((caller: Caller) => void)[] = []
  readonly #downs: ((caller: Caller) => void)[] = []
  #node!: Node
  #gossip!: Gossip
  #pulse: NodeJS.Timeout | undefined

  constructor(init: MeshInit, components: MeshComponents, clock: Clock) {
    this.#init = init
    this.#components = components
    this.#clock = clock
    this.#rates = new Rates(clock)
    this.#members = new Members({
      card: () => components.card(),
      judge: (card, peer) => this.#judge(card, peer)
    })
  }

  async start(): Promise<void> {
    const isHub = (peer: string) => this.#components.hubs().has(peer)
    this.#node = await startNode(this.#init, this.#members, isHub, {
      denyInboundEncryptedConnection: peer => this.#isExpelled(peer.toString())
    })
    this.#gossip = new Gossip(this.#node.services.pubsub, this.#init, {
      member: peer => this.#members.get(peer),
      judge: (topic, data, from) => this.#components.judgeGossip(topic, data, from),
      expel: (peer, reason) => this.#expel(peer, reason),
      allowed: peer => {
        const caller = this.#members.get(peer)
        return caller !== undefined && this.#rates.take(caller, 'gossip')
      }
    })
    await this.#node.handle(SYNC, (stream, connection) => this.#serve(stream, connection), {
      maxInboundStreams: STREAMS,
      maxOutboundStreams: STREAMS
    })
    this.#node.addEventListener('peer:disconnect', event => this.#gone(event.detail.toString()))
    this.#hubs = new Hubs(this.peer, {
      clock: this.#clock,
      hubs: () => this.#components.hubs(),
      connected: peer => this.#present.has(peer),
      dial: address => this.dial(address),
      random: Math.random,
      failed: (peer, error) =>
        this.#components.log('debug', 'dial-failed', { peer, error: String(error), cause: error })
    })
    this.#hubs.update(this.#init.role === 'node')
    this.#pulse = setInterval(() => void this.#beat(), PULSE_MS)
    this.#pulse.unref()
  }

  get peer(): string {
    return this.#node.peerId.toString()
  }

  addresses(): string[] {
    return this.#node.getMultiaddrs().map(String)
  }

  publish(tag: string, data: Uint8Array): Promise<number> {
    return this.#gossip.publish(tag, data)
  }

  subscribe(tag: string): void {
    this.#gossip.subscribe(tag)
  }

  members(): Caller[] {
    return [...this.#present].map(peer => this.#members.get(peer)).filter(caller => caller !== undefined)
  }

  async client(peer: string): Promise<Client> {
    const caller = this.#members.get(peer)
    if (caller === undefined) throw new GumshoeError('unreached', `There is no connection to ${peer}.`)
    const known = this.#clients.get(peer)
    if (known) return known
    const open = () =>
      this.#node.dialProtocol(peerIdFromString(peer), SYNC, {
        signal: AbortSignal.timeout(LIMITS.requestMs),
        maxOutboundStreams: STREAMS
      })
    const client = new Client(caller, open, () => this.#hello())
    this.#clients.set(peer, client)
    return client
  }

  async dial(address: string): Promise<Caller> {
    const target = toMultiaddr(address)
    let peer: string
    try {
      const connection = await this.#node.dial(target, { signal: AbortSignal.timeout(LIMITS.requestMs) })
      peer = connection.remotePeer.toString()
    } catch (error) {
      const refusal = this.#members.refusal(address.split('/p2p/').at(-1) ?? '')
      throw refusal ?? new GumshoeError('unreached', `${address} could not be reached.`, { cause: error })
    }
    const client = await this.client(peer)
    await client.hello()
    this.#here(client.caller)
    return client.caller
  }

  async disconnect(peer: string): Promise<void> {
    await this.#node.hangUp(peerIdFromString(peer)).catch(() => undefined)
  }

  onMember(up: (caller: Caller) => void, down: (caller: Caller) => void): void {
    this.#ups.push(up)
    this.#downs.push(down)
  }

  async rejudge(): Promise<void> {
    const gone = await this.#members.rejudge()
    await Promise.all(gone.map(peer => this.disconnect(peer)))
    this.#hubs.update(this.#init.role === 'node')
    this.#hubs.wake()
  }

  async stop(): Promise<void> {
    clearInterval(this.#pulse)
    await this.#hubs.stop()
    await Promise.all([...this.#clients.values()].map(client => client.close()))
    await this.#node.stop()
  }

  async #judge(card: Uint8Array, peer: string): Promise<Caller> {
    if (this.#isExpelled(peer)) throw new GumshoeError('rate', 'This peer was expelled a moment ago.')
    return this.#components.judge(card, peer)
  }

  #hello(): Hello {
    return this.#components.port?.hello() ?? { charterVersion: 0, charterId: '' }
  }

  #serve(stream: Stream, connection: Connection): void {
    const caller = this.#members.get(connection.remotePeer.toString())
    if (caller === undefined) {
      stream.abort(new Error('not a member'))
      return
    }
    void serve(stream, caller, {
      ...(this.#components.port && { port: this.#components.port }),
      hello: () => this.#hello(),
      greeted: () => this.#here(caller),
      allowed: () => this.#rates.take(caller, 'request')
    })
  }

  #here(caller: Caller): void {
    if (this.#present.has(caller.peer) || this.#members.get(caller.peer) === undefined) return
    this.#present.add(caller.peer)
    for (const up of this.#ups) up(caller)
  }

  #gone(peer: string): void {
    const caller = this.#members.get(peer)
    // A second connection of the same peer may live on.
    if (this.#node.getConnections(peerIdFromString(peer)).length > 0) return
    void this.#clients.get(peer)?.close()
    this.#clients.delete(peer)
    this.#rates.forget(peer)
    this.#members.forget(peer)
    const was = this.#present.delete(peer)
    this.#hubs.wake()
    if (was && caller !== undefined) for (const down of this.#downs) down(caller)
  }

  #isExpelled(peer: string): boolean {
    const until = this.#expelled.get(peer)
    if (until === undefined) return false
    if (until > this.#clock.monotonic()) return true
    this.#expelled.delete(peer)
    return false
  }

  #expel(peer: string, reason: string): void {
    this.#components.log('warn', 'expelled', { peer, reason })
    this.#expelled.set(peer, this.#clock.monotonic() + EXPELLED_MS)
    void this.disconnect(peer)
  }

  /** Ends consoles whose voucher is over and peers that fell below the graylist; asks the silent ones whether they live. */
  async #beat(): Promise<void> {
    const peers = [...this.#present]
    for (const peer of this.#gossip.graylisted(peers))
      this.#expel(peer, 'its messages were invalid too often')
    for (const caller of this.members()) {
      if (caller.role === 'console' && caller.until < this.#clock.now()) void this.disconnect(caller.peer)
    }
    // A hub is asked by its members, so that it need not ask a whole fleet.
    if (this.#init.role === 'node') return
    await Promise.all(
      [...this.#clients.values()].map(client => client.hello().catch(() => this.disconnect(client.peer)))
    )
  }
}

const toMultiaddr = (address: string) => {
  try {
    return multiaddr(address)
  } catch (cause) {
    throw new GumshoeError(
      'usage',
      `${address} is no multiaddr; one is like /ip4/192.0.2.1/tcp/7070/p2p/12D3….`,
      { cause }
    )
  }
}
