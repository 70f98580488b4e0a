import type { Clock } from '../src/clock.ts'
import { codeOf, GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Mesh } from '../src/mesh/mesh.ts'
import type { Caller, SyncClient } from '../src/mesh/sync/ports.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { verifyReceipt } from '../src/trust/verify-machine.ts'
import type { Ledger } from './ledger.ts'
import type { Memory } from './memory.ts'
import type { OutMark } from './outgoing.ts'

/** An answer is out when this many nodes have given their receipt, or the only one in the charter. */
const RECEIPTS = 2
/** How many answers are on their way to one node at a time. */
const AT_ONCE = 16
/** The first retry where a node could not take something; each further one waits twice as long, up to LIMITS.thinMs. */
const RETRY_MS = 1_000
/** A node whose disk takes nothing is asked again this often, so that it is done 5 s after there is room. */
const RETRY_FULL_MS = 3_000
/** What a node says whose disk takes nothing, whatever we bring. */
const FULL: readonly string[] = ['disk-full', 'store-damaged']

export interface OutboxComponents {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly memory: Memory
  readonly ledger: Ledger
  mesh(): Pick<Mesh, 'members' | 'client'>
  log(level: 'debug' | 'info' | 'warn', event: string, fields?: Record<string, unknown>): void
}

/**
 * Delivers answers until enough nodes hold them, over restarts: at once, when a node comes, and again while anything waits.
 * Where no node is left, consoles that are connected get them over the connection that they opened; that does not count as
 * out.
 */
export class Outbox {
  readonly #components: OutboxComponents
  readonly #busy = new Set<string>()
  readonly #again = new Set<string>()
  /** What a console was given, so that it is not given it twice. */
  readonly #given = new Map<string, Set<number>>()
  /** Nodes whose disk took nothing when they were last asked. */
  readonly #full = new Set<string>()
  readonly #stop = new AbortController()
  #backoff = RETRY_MS
  #waits = false

  constructor(components: OutboxComponents) {
    this.#components = components
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Starts a round to every node; one that is under way goes once more when it ends. */
  deliver(): void {
    this.#backoff = RETRY_MS
    this.#rounds()
  }

  /** A member has gone: what it was given may not have reached anybody. */
  forget(peer: string): void {
    this.#given.delete(peer)
    this.#full.delete(peer)
  }

  #rounds(): void {
    if (this.#stop.signal.aborted) return
    const members = this.#components.mesh().members()
    const nodes = members.filter(({ role }) => role === 'node')
    for (const node of nodes) this.#round(node)
    if (nodes.length === 0) for (const member of members) if (member.role === 'console') this.#round(member)
    void this.#retryLater()
  }

  /** One timer at a time, while something waits: a thin answer (one receipt) is retried as one without any. */
  async #retryLater(): Promise<void> {
    if (this.#waits || this.#components.memory.outgoing.marks().length === 0) return
    this.#waits = true
    try {
      await this.#components.clock.sleep(this.#backoff, this.#stop.signal, true)
    } catch {
      return
    } finally {
      this.#waits = false
    }
    await this.#components.memory.outgoing.keepReceipts().catch(() => undefined)
    this.#backoff = Math.min(this.#backoff * 2, this.#full.size > 0 ? RETRY_FULL_MS : LIMITS.thinMs)
    this.#rounds()
  }

  #round(to: Caller): void {
    if (this.#busy.has(to.peer)) {
      this.#again.add(to.peer)
      return
    }
    this.#busy.add(to.peer)
    void this.#send(to)
      .catch(error => this.#components.log('debug', 'delivery-failed', { to: to.peer, code: codeOf(error) }))
      .finally(() => {
        this.#busy.delete(to.peer)
        if (this.#again.delete(to.peer) && !this.#stop.signal.aborted) this.#round(to)
      })
  }

  async #send(to: Caller): Promise<void> {
    const { mesh, memory } = this.#components
    const client = await mesh().client(to.peer)
    const given = this.#given.get(to.peer) ?? new Set()
    if (to.role === 'console') this.#given.set(to.peer, given)
    const pending = memory.outgoing
      .marks()
      .filter(({ receipts, seq }) => (to.role === 'node' ? !receipts.includes(to.peer) : !given.has(seq)))
    for (let from = 0; from < pending.length; ) {
      // One is enough to learn whether a full node has room again.
      const turn = pending.slice(from, from + (this.#full.has(to.peer) ? 1 : AT_ONCE))
      await Promise.all(
        turn.map(async mark => {
          if (to.role === 'node') await this.#toNode(client, mark)
          else if (await this.#toConsole(client, mark)) given.add(mark.seq)
        })
      )
      if (this.#full.has(to.peer)) return
      from += turn.length
    }
  }

  async #toNode(client: SyncClient, mark: OutMark): Promise<void> {
    const { memory, log } = this.#components
    const parcel = await memory.outgoing.parcel(mark.seq)
    if (parcel === undefined) return
    let reply = await client.put(parcel)
    if ('refused' in reply && reply.refused === 'not-found' && (await this.#bringAction(client, mark.action)))
      reply = await client.put(parcel)
    if ('refused' in reply && FULL.includes(reply.refused)) this.#full.add(client.peer)
    else this.#full.delete(client.peer)
    if ('refused' in reply)
      log('debug', 'answer-refused', { by: client.peer, action: mark.action, code: reply.refused })
    else await this.#received(client.peer, mark, reply.receipt)
  }

  /** A node that was gone while a console asked us by itself lacks the question; its signatures speak for it, not we. */
  async #bringAction(client: SyncClient, action: string): Promise<boolean> {
    const envelope = this.#components.memory.envelope(action)
    if (envelope === undefined) return false
    const reply = await client.put({ envelope })
    if ('refused' in reply)
      this.#components.log('debug', 'action-refused', { by: client.peer, action, code: reply.refused })
    return 'receipt' in reply
  }

  async #toConsole(client: SyncClient, mark: OutMark): Promise<boolean> {
    const parcel = await this.#components.memory.outgoing.parcel(mark.seq)
    return parcel !== undefined && 'receipt' in (await client.put(parcel))
  }

  async #received(from: string, { seq, id, action }: OutMark, raw: Uint8Array): Promise<void> {
    const { chain, memory, ledger } = this.#components
    const { document: receipt } = verifyReceipt(raw, chain)
    if (receipt.id !== id || receipt.node !== from)
      throw new GumshoeError('protocol', `The receipt of ${from} is for something else.`)
    const { nodes, revoked } = chain.current.charter
    const inForce = new Set(nodes.map(({ peer }) => peer).filter(peer => !revoked.peers.includes(peer)))
    const enough = Math.min(RECEIPTS, Math.max(1, inForce.size))
    const entry = ledger.entry({ what: 'delivered', action, id, nodes: enough })
    if (await memory.outgoing.receipt(seq, receipt.node, { inForce, enough }, entry.write)) await entry.done()
  }
}
