import { readPrivate, writePrivate } from '../src/cli/home.ts'
import { decodeEnvelope, documentId } from '../src/documents/envelope.ts'
import { GumshoeError } from '../src/errors.ts'
import type { SyncClient } from '../src/mesh/sync/ports.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { agentCard } from '../src/trust/membership.ts'
import { verifyReceipt } from '../src/trust/verify-machine.ts'
import { type AgentIdentity, layout } from './home.ts'

/** That a bootstrap node has enrolled this host: its receipt for our membership, without which no other host lets us in. */
export class Admission {
  readonly #home: string
  readonly #agent: AgentIdentity
  readonly #chain: CharterChain
  #receipt: Uint8Array | undefined

  constructor(home: string, agent: AgentIdentity, chain: CharterChain) {
    this.#home = home
    this.#agent = agent
    this.#chain = chain
    this.#receipt = readPrivate(layout(home).admission)
  }

  card(): Uint8Array {
    return agentCard(this.#agent.membership, this.#agent.grant, this.#receipt)
  }

  /** Asks a node for its receipt, unless we hold one of a node that the charter still names. Throws what the node refuses. */
  async ask(client: Pick<SyncClient, 'put'>): Promise<void> {
    if (this.#receipt !== undefined && this.#holds(this.#receipt)) return
    const { membership } = this.#agent
    const reply = await client.put({ envelope: membership })
    if ('refused' in reply) throw new GumshoeError('not-a-member', reply.message)
    if (!this.#holds(reply.receipt))
      throw new GumshoeError('protocol', 'The receipt is not for our membership.')
    this.#receipt = reply.receipt
    writePrivate(layout(this.#home).admission, reply.receipt)
  }

  #holds(receipt: Uint8Array): boolean {
    try {
      const { document } = verifyReceipt(receipt, this.#chain)
      return document.id === documentId(decodeEnvelope(this.#agent.membership).bytes)
    } catch {
      return false
    }
  }
}
