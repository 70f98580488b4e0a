import type { Connection, Stream } from '@libp2p/interface'
import { type Clock, systemClock } from '../clock.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { joinedMesh } from '../trust/permit.ts'
import { toMultiaddr } from './address.ts'
import { chance } from './chance.ts'
import { abortAll, closeAll, connectionsOf, keepLongest, openStream, STREAMS } from './connections.ts'
import { DialFailures } from './dial-failures.ts'
import { Expelled } from './expelled.ts'
import { Gossip } from './gossip.ts'
import { Hubs } from './hubs.ts'
import { lapsed } from './lapsed.ts'
import { makeNode, type Node, startNode } from './libp2p.ts'
import { makeRoom } from './make-room.ts'
import { Members } from './members.ts'
import type { Mesh, MeshComponents, MeshInit } from './mesh.ts'
import { Neighbours } from './neighbours.ts'
import { Present } from './present.ts'
import { Rates } from './rates.ts'
import { Client } from './sync/client.ts'
import type { Caller, Hello } from './sync/ports.ts'
import { serve } from './sync/serve.ts'
import { Turns } from './sync/turns.ts'
import { SYNC } from './sync/verbs.ts'

/** Starts one member of the mesh. Throws `port-in-use`, `permission`, `usage` for addresses that can't be had. */
export const createMesh = async (
  init: MeshInit,
  components: MeshComponents,
  clock: Clock = systemClock,
  pulseMs: number = LIMITS.pulseMs
): Promise<Mesh> => {
  // From here on this process runs what its gate accepts, nothing else (threats.md, T22).
  joinedMesh()
  const member = new Member(init, components, clock, pulseMs)
  await member.start()
  return member
}

class Member implements Mesh {
  readonly #init: MeshInit
  readonly #components: MeshComponents
  readonly #clock: Clock
  readonly #pulseMs: number
  readonly #members: Members
  readonly #rates: Rates
  readonly #turns: Turns
  readonly #clients = new Map<string, Client>()
  readonly #present: Present
  readonly #dialled = new Set<string>()
  readonly #expelled: Expelled
  /** Members without gossip, and for how many looks. */
  #deaf: ReadonlyMap<string, number> = new Map()
  #node!: Node
  #gossip!: Gossip
  #hubs!: Hubs
  #neighbours!: Neighbours
  #pulse: NodeJS.Timeout | undefined
  #stopping = false

  constructor(init: MeshInit, components: MeshComponents, clock: Clock, pulseMs: number) {
    this.#init = init
    this.#components = components
    this.#clock = clock
    this.#pulseMs = pulseMs
    this.#rates = new Rates(clock)
    this.#turns = new Turns(this.#rates, clock)
    this.#expelled = new Expelled(clock)
    this.#present = new Present(error => components.log('error', 'listener-failed', { error: String(error) }))
    this.#members = new Members({
      clock,
      card: () => components.card(),
      judge: (card, peer) => this.#judge(card, peer)
    })
  }

  async start(): Promise<void> {
    const isHub = (peer: string) => this.#components.hubs().has(peer)
    this.#node = await makeNode(this.#init, this.#members, isHub, this.#expelled.gater())
    this.#gossip = new Gossip(this.#node.services.pubsub, this.#init, {
      clock: this.#clock,
      member: peer => this.#members.get(peer),
      judge: (topic, data, from) => this.#components.judgeGossip(topic, data, from),
      expel: (peer, reason) => this.#expel(peer, reason),
      allowed: peer => this.#member(peer, caller => this.#rates.take(caller, 'check')),
      charge: (peer, what, count) => this.#member(peer, caller => this.#rates.charge(caller, what, count))
    })
    await this.#node.handle(SYNC, (stream, connection) => this.#serve(stream, connection), {
      maxInboundStreams: STREAMS,
      maxOutboundStreams: STREAMS
    })
    this.#node.addEventListener('connection:open', event => this.#opened(event.detail))
    this.#node.addEventListener('peer:disconnect', event => this.#gone(event.detail.toString()))
    // Only now, so that the first to come finds everything in its place.
    await startNode(this.#node, this.#init)
    this.#gossip.start()
    const failures = new DialFailures(this.#components.log, isHub)
    const dialling = {
      clock: this.#clock,
      connected: (peer: string) => this.#present.has(peer),
      dial: (address: string) => this.dial(address),
      random: chance,
      failed: (peer: string, error: unknown) => failures.failed(peer, error)
    }
    this.#hubs = new Hubs(this.peer, this.#init.role === 'node', {
      ...dialling,
      hubs: () => this.#components.hubs()
    })
    this.#neighbours = new Neighbours({
      ...dialling,
      self: this.peer,
      chosen: () => [...this.#dialled].filter(peer => this.#present.get(peer)?.role === 'agent'),
      hubs: () =>
        Promise.all(
          this.members()
            .filter(({ role }) => role === 'node')
            .map(({ peer }) => this.client(peer))
        ).catch(() => [])
    })
    this.#hubs.update()
    if (this.#init.role === 'agent') this.#neighbours.start()
    this.#pulse = setInterval(() => void this.#beat(), this.#pulseMs)
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
    return this.#present.peers().flatMap(peer => this.#members.get(peer) ?? [])
  }

  async client(peer: string): Promise<Client> {
    const caller = this.#members.get(peer)
    if (caller === undefined) throw new GumshoeError('unreached', `There is no connection to ${peer}.`)
    const known = this.#clients.get(peer)
    if (known) return known
    const client = new Client(
      caller,
      () => openStream(this.#node, peer),
      () => this.#hello()
    )
    this.#clients.set(peer, client)
    return client
  }

  async dial(address: string): Promise<Caller> {
    const target = toMultiaddr(address)
    let peer: string
    try {
      const connection = await this.#node.dial(target, { signal: AbortSignal.timeout(LIMITS.requestMs) })
      peer = connection.remotePeer.toString()
      if (connection.direction === 'outbound') this.#dialled.add(peer)
    } catch (error) {
      const refusal = this.#members.refusal(address.split('/p2p/').at(-1) ?? '')
      throw refusal ?? new GumshoeError('unreached', `${address} could not be reached.`, { cause: error })
    }
    try {
      await this.#ask(peer)
    } catch (error) {
      // A connection that does not answer is none: the next dial makes another.
      if (!this.#present.has(peer)) await this.disconnect(peer)
      throw error
    }
    const caller = this.#present.get(peer)
    if (caller === undefined) throw new GumshoeError('unreached', `${address} has gone again.`)
    return caller
  }

  disconnect(peer: string): Promise<void> {
    return closeAll(this.#node, peer)
  }

  onMember(up: (caller: Caller) => void, down: (caller: Caller) => void): void {
    this.#present.listen(up, down)
  }

  async rejudge(): Promise<void> {
    const gone = await this.#members.rejudge()
    await Promise.all(gone.map(peer => this.disconnect(peer)))
    this.#hubs.update()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#pulse)
    await Promise.all([this.#hubs.stop(), this.#neighbours.stop()])
    await Promise.all([...this.#clients.values()].map(client => client.close()))
    await this.#node.stop()
  }

  async #judge(card: Uint8Array, peer: string): Promise<Caller> {
    if (this.#stopping) throw new GumshoeError('unreached', 'This member is leaving.')
    if (this.#expelled.has(peer)) throw new GumshoeError('rate', 'This peer was expelled a moment ago.')
    return this.#components.judge(card, peer)
  }

  #opened(connection: Connection): void {
    // It passed the door, and a charter that came before its connection stood has put it out.
    const peer = connection.remotePeer.toString()
    if (this.#members.get(peer) === undefined) abortAll(this.#node, peer, 'it is a member no longer')
    else if (this.#init.role === 'agent' && connection.direction === 'inbound')
      makeRoom(this.#node, this.#members.all(), this.#dialled, peer)
  }

  /** Applies a rate to a member; who is none any more may nothing. */
  #member(peer: string, rate: (caller: Caller) => boolean): boolean {
    const caller = this.#members.get(peer)
    return caller !== undefined && rate(caller)
  }

  #hello(): Hello {
    return this.#components.port?.hello() ?? { charterVersion: 0, charterId: '' }
  }

  #serve(stream: Stream, connection: Connection): void {
    const peer = connection.remotePeer.toString()
    void serve(stream, {
      ...(this.#components.port && { port: this.#components.port }),
      caller: () => this.#members.get(peer),
      hello: () => this.#hello(),
      greeted: hello => this.#heard(peer, hello),
      turn: caller => this.#turns.take(caller)
    })
  }

  #here(peer: string): void {
    const caller = this.#members.get(peer)
    if (caller === undefined || this.#present.has(peer)) return
    if (caller.role === 'node') keepLongest(this.#node, peer)
    this.#present.came(caller)
  }

  #gone(peer: string): void {
    // A second connection of the same peer may live on.
    if (connectionsOf(this.#node, peer).length > 0) return
    void this.#clients.get(peer)?.close()
    this.#clients.delete(peer)
    this.#dialled.delete(peer)
    this.#rates.forget(peer)
    this.#members.forget(peer)
    this.#hubs.wake()
    this.#present.went(peer)
  }

  #expel(peer: string, reason: string): void {
    if (this.#expelled.has(peer)) return
    this.#components.log('warn', 'expelled', { peer, reason })
    const came = connectionsOf(this.#node, peer).find(({ direction }) => direction === 'inbound')
    this.#expelled.add(peer, came?.remoteAddr.toString())
    abortAll(this.#node, peer, reason)
  }

  /** Ends those who have lapsed; whom we dialled, we ask whether they live. */
  async #beat(): Promise<void> {
    const { forget, end, deaf } = lapsed({
      members: this.#members,
      connected: peer => connectionsOf(this.#node, peer).length > 0,
      hearing: this.#gossip.peers(),
      deafBefore: this.#deaf,
      dialled: this.#dialled,
      now: this.#clock.now(),
      pulseMs: this.#pulseMs
    })
    this.#deaf = deaf
    for (const peer of forget) this.#members.forget(peer)
    for (const peer of end) void this.disconnect(peer)
    const ask = (peer: string) =>
      // Nobody is there to take a farewell.
      this.#ask(peer, LIMITS.pulseAnswerMs).catch(() => abortAll(this.#node, peer, 'it does not answer'))
    await Promise.all([...this.#dialled].map(ask))
  }

  async #ask(peer: string, ms?: number): Promise<void> {
    const client = await this.client(peer)
    this.#heard(peer, await client.hello(ms))
  }

  #heard(peer: string, { charterVersion }: Hello): void {
    this.#members.hear(peer)
    this.#here(peer)
    const { hubs, behind } = this.#components
    if (hubs().has(peer) && charterVersion > this.#hello().charterVersion) behind?.(peer)
  }
}
