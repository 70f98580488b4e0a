import { systemClock } from '../../src/clock.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { codeOf } from '../../src/errors.ts'
import { createMesh } from '../../src/mesh/node.ts'
import { consoleCard, judgeCard } from '../../src/trust/membership.ts'
import { makeKey, unlock } from '../../src/trust/pgp.ts'
import { requireChain } from '../admin/mesh-home.ts'
import { currentSession } from '../keys/session.ts'

/** What each side says to an envelope that a console would never send. */
export interface Refusals {
  readonly nodes: readonly string[]
  readonly agents: readonly string[]
}

/**
 * A test client: joins with a person's open session and puts what it is told to, past every check of the console, to each
 * node, to some agents, and on the topic of everybody.
 */
export const putAnyway = async (
  home: string,
  envelope: Uint8Array,
  agents: readonly string[]
): Promise<Refusals> => {
  const now = systemClock.now()
  const chain = await requireChain(home, now)
  const session = currentSession(home, chain.mesh, systemClock)!
  const mesh = await createMesh(
    { role: 'console', seed: session.identity.seed, mesh: chain.mesh, listen: [], tags: [] },
    {
      card: () => consoleCard(session.voucher),
      judge: (card, peer) => judgeCard(card, peer, chain, systemClock.now()),
      judgeGossip: async () => 'ignore',
      hubs: () => new Map(),
      log: () => undefined
    }
  )
  const put = async (address: string): Promise<string> => {
    try {
      const { peer } = await mesh.dial(address)
      const reply = await (await mesh.client(peer)).put({ envelope })
      return 'refused' in reply ? reply.refused : 'TAKEN'
    } catch (error) {
      return codeOf(error)
    }
  }
  try {
    const nodes = await Promise.all(chain.current.charter.nodes.map(({ addresses }) => put(addresses[0]!)))
    const answers = await Promise.all(agents.map(put))
    await mesh.publish('all', envelope)
    await systemClock.sleep(500)
    return { nodes, agents: answers }
  } finally {
    await mesh.stop()
  }
}

/** The same bytes signed by somebody whom no charter names. */
export const signedByStranger = async (envelope: Uint8Array): Promise<Uint8Array> => {
  const now = systemClock.now()
  const { bytes } = decodeEnvelope(envelope)
  const mallory = await unlock((await makeKey('mallory', { now })).secret)
  return encodeEnvelope({ bytes, signatures: [await mallory.signDetached(bytes, now)] })
}

/** The same signatures over bytes of which one differs: the last digit of the second in which it expires. */
export const withOneByteChanged = (envelope: Uint8Array): Uint8Array => {
  const { bytes, signatures } = decodeEnvelope(envelope)
  const text = new TextDecoder().decode(bytes)
  const at = text.indexOf('"nonce":"') + 9
  const changed = bytes.slice()
  changed[at] = changed[at] === 0x41 ? 0x42 : 0x41
  return encodeEnvelope({ bytes: changed, signatures: [...signatures] })
}
