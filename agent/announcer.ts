import type { Clock } from '../src/clock.ts'
import { encodeCbor, sameBytes } from '../src/codec.ts'
import type { Facts } from '../src/documents/facts.ts'
import { codeOf } from '../src/errors.ts'
import type { Log } from '../src/log.ts'
import type { Mesh } from '../src/mesh/mesh.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import type { AgentIdentity } from './home.ts'
import type { Memory } from './memory.ts'
import { makePresence } from './presence.ts'

export interface AnnouncerComponents {
  readonly agent: AgentIdentity
  readonly chain: CharterChain
  readonly memory: Memory
  readonly clock: Clock
  readonly log: Log
  mesh(): Pick<Mesh, 'members' | 'client' | 'addresses'>
  gather(): Facts
  rolledBack(): boolean
}

/** Tells the nodes that this host is there and what it is: at each connect, every few minutes, and when its facts change. */
export class Announcer {
  readonly #components: AnnouncerComponents
  #facts: Facts
  /** The same, encoded: what is compared before every question. */
  #known: Uint8Array

  constructor(components: AnnouncerComponents) {
    this.#components = components
    this.#facts = components.gather()
    this.#known = encodeCbor(this.#facts)
  }

  get facts(): Facts {
    return this.#facts
  }

  /** Looks at the host again; where something has changed, every node hears of it first: before an answer (design 3). */
  async refresh(): Promise<void> {
    const { gather, log } = this.#components
    try {
      const facts = gather()
      const now = encodeCbor(facts)
      const same = sameBytes(now, this.#known)
      this.#facts = facts
      this.#known = now
      if (!same) await this.tell('here')
    } catch (error) {
      log('warn', 'facts-failed', { code: codeOf(error), error: String(error) })
    }
  }

  /** Sends a presence to these nodes, or to all that are connected. Never rejects. */
  async tell(what: 'here' | 'leaving', to?: readonly string[]): Promise<void> {
    const { agent, chain, memory, clock, log, mesh, rolledBack } = this.#components
    try {
      const nodes = to ?? nodesOf(mesh())
      if (nodes.length === 0) return
      const envelope = await makePresence({
        agent,
        chain,
        memory,
        clock,
        facts: this.#facts,
        addresses: mesh().addresses(),
        state: what === 'leaving' ? 'leaving' : rolledBack() ? 'rolled-back' : 'up'
      })
      await Promise.all(nodes.map(peer => this.#put(peer, envelope)))
    } catch (error) {
      log('warn', 'presence-failed', { code: codeOf(error) })
    }
  }

  async #put(peer: string, envelope: Uint8Array): Promise<void> {
    const { log, mesh } = this.#components
    try {
      const reply = await (await mesh().client(peer)).put({ envelope })
      if ('refused' in reply) log('warn', 'presence-refused', { by: peer, code: reply.refused })
    } catch (error) {
      log('debug', 'presence-failed', { to: peer, code: codeOf(error) })
    }
  }
}

/** Peers of the bootstrap nodes that are connected now. */
export const nodesOf = (mesh: Pick<Mesh, 'members'>): string[] =>
  mesh
    .members()
    .filter(({ role }) => role === 'node')
    .map(({ peer }) => peer)

/** Tags whose keys form topics in this charter: those an agent subscribes to, beside `all`. */
export const topicTags = (tags: readonly string[], chain: CharterChain): string[] =>
  tags.filter(tag => chain.current.charter.topicKeys.includes(tag.split('=')[0]!))
