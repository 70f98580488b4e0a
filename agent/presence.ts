import { VERSION } from '../src/cli/program.ts'
import type { Clock } from '../src/clock.ts'
import { encodeCbor, fromBase64 } from '../src/codec.ts'
import { encodeEnvelope } from '../src/documents/envelope.ts'
import type { Facts } from '../src/documents/facts.ts'
import { write } from '../src/documents/write.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { sealFacts } from '../src/trust/seal.ts'
import type { AgentIdentity } from './home.ts'
import type { Memory } from './memory.ts'

export interface PresenceInit {
  readonly agent: AgentIdentity
  readonly chain: CharterChain
  readonly memory: Memory
  readonly clock: Clock
  readonly facts: Facts
  readonly addresses: readonly string[]
  readonly state: 'up' | 'leaving' | 'rolled-back'
}

/** A new presence: in clear who and which version, the facts sealed to the charter's inventory key. Its counter only goes up. */
export const makePresence = async ({
  agent,
  chain,
  memory,
  clock,
  facts,
  addresses,
  state
}: PresenceInit): Promise<Uint8Array> => {
  const counter = await memory.nextCounter(clock)
  const place = { mesh: chain.mesh, peer: agent.identity.peer, counter }
  const bytes = write({
    kind: 'gumshoe/presence/1',
    ...place,
    time: clock.now(),
    charter: chain.current.charter.version,
    version: VERSION,
    state,
    grant: agent.grantId,
    ...(memory.head && { head: memory.head }),
    facts: sealFacts(fromBase64(chain.current.charter.inventory.key), place, encodeCbor(facts)),
    addresses: agent.leaf ? [] : addresses.slice(0, 8)
  })
  return encodeEnvelope({ bytes, signatures: [agent.identity.sign('gumshoe/presence/1', bytes)] })
}
