import { layout, openHome } from '../../agent/home.ts'
import { readPrivate } from '../../src/cli/home.ts'
import { systemClock } from '../../src/clock.ts'
import { codeOf } from '../../src/errors.ts'
import type { Mesh } from '../../src/mesh/mesh.ts'
import { createMesh } from '../../src/mesh/node.ts'
import { agentCard, judgeCard } from '../../src/trust/membership.ts'

export interface Disobedient {
  readonly peer: string
  /** Peer ids that it is connected with. */
  connected(): string[]
  /** Dials once more; the code with which it was refused, or `joined`. */
  join(address: string): Promise<string>
  stop(): Promise<void>
}

/** A host that has been taken over: it shows the true card of this agent's home, never takes a newer charter, and never leaves by itself. */
export const disobedient = async (home: string, root: string): Promise<Disobedient> => {
  const { agent, chain } = await openHome(home, root, systemClock.now())
  const mesh: Mesh = await createMesh(
    { role: 'agent', seed: agent.identity.seed, mesh: chain.mesh, listen: [], tags: [] },
    {
      card: () => agentCard(agent.membership, agent.grant, readPrivate(layout(home).admission)),
      judge: (card, peer) => judgeCard(card, peer, chain, systemClock.now()),
      judgeGossip: async () => 'ignore',
      hubs: () => new Map(),
      log: () => undefined
    }
  )
  return {
    peer: mesh.peer,
    connected: () => mesh.members().map(({ peer }) => peer),
    join: async address => {
      try {
        await mesh.dial(address)
        return 'joined'
      } catch (error) {
        if (process.env['DBG']) console.log(error, (error as Error).cause)
        return codeOf(error)
      }
    },
    stop: () => mesh.stop()
  }
}
