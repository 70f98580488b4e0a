import type { Clock } from '../src/clock.ts'
import { codeOf } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Mesh } from '../src/mesh/mesh.ts'
import type { Caller, PutReply, SyncClient } from '../src/mesh/sync/ports.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { verifyReceipt } from '../src/trust/verify-machine.ts'
import type { Memory, OutRecord } from './memory.ts'
import type { Records } from './records.ts'

/** An answer is out when this many nodes have given their receipt, or the only one in the charter. */
const RECEIPTS = 2

export interface OutboxComponents {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly memory: Memory
  readonly records: Records
  mesh(): Mesh
  log(level: 'debug' | 'info' | 'warn', event: string, fields?: Record<string, unknown>): void
}

/** How many answers are on their way to one node at a time. */
const AT_ONCE = 16

/**
 * Delivers answers until enough nodes hold them, over restarts: at once, when a node comes, and every LIMITS.thinMs. Where
 * no node is left, consoles that are connected get them over the connection that they opened; that does not count as out.
 */
export class Outbox {
  readonly #components: OutboxComponents
  readonly #busy = new Set<string>()
  readonly #again = new Set<string>()
  /** What a console was given, so that it is not given it twice. */
  readonly #given = new Map<string, Set<number>>()
  readonly #timer: NodeJS.Timeout

  constructor(components: OutboxComponents) {
    this.#components = components
    this.#timer = setInterval(() => this.deliver(), LIMITS.thinMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Starts a round to every node; one that is under way goes once more when it ends. */
  deliver(): void {
    const members = this.#components.mesh().members()
    const nodes = members.filter(member => member.role === 'node')
    for (const node of nodes) this.#round(node)
    if (nodes.length === 0)
      for (const console_ of members.filter(member => member.role === 'console')) this.#round(console_)
  }

  forget(peer: string): void {
    this.#given.delete(peer)
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
        if (this.#again.delete(to.peer)) this.#round(to)
      })
  }

  async #send(to: Caller): Promise<void> {
    const client = await this.#components.mesh().client(to.peer)
    const given = this.#given.get(to.peer) ?? new Set()
    this.#given.set(to.peer, given)
    const pending = this.#components.memory
      .outbox()
      .filter(out => (to.role === 'node' ? !out.receipts.includes(to.peer) : !given.has(out.seq)))
    for (let from = 0; from < pending.length; from += AT_ONCE) {
      await Promise.all(
        pending.slice(from, from + AT_ONCE).map(async out => {
          const reply = to.role === 'node' ? await this.#putToNode(client, out) : await client.put(out.parcel)
          if ('refused' in reply)
            this.#components.log('debug', 'answer-refused', {
              by: to.peer,
              action: out.action,
              code: reply.refused
            })
          else if (to.role === 'node') await this.#received(out, reply.receipt)
          else given.add(out.seq)
        })
      )
    }
  }

  /** A node that was gone when the question was asked does not know it: it is given the question first. */
  async #putToNode(client: SyncClient, out: OutRecord): Promise<PutReply> {
    const reply = await client.put(out.parcel)
    const question = this.#components.memory.envelopeOf(out.action)
    if (!('refused' in reply) || reply.refused !== 'not-found' || question === undefined) return reply
    const given = await client.put({ envelope: question })
    return 'refused' in given ? given : client.put(out.parcel)
  }

  async #received(out: OutRecord, raw: Uint8Array): Promise<void> {
    const { chain, memory, records } = this.#components
    const { document: receipt } = verifyReceipt(raw, chain)
    if (receipt.id !== out.id) return
    const enough = Math.min(RECEIPTS, Math.max(1, chain.current.charter.nodes.length))
    const after = await memory.receipt(out.seq, receipt.node, enough)
    if (after && after.receipts.length === enough)
      records.add({ what: 'delivered', action: out.action, id: out.id, nodes: enough })
  }
}
