import { requireChain } from '../../console/admin/mesh-home.ts'
import { currentSession } from '../../console/keys/session.ts'
import { systemClock } from '../../src/clock.ts'
import type { Mesh } from '../../src/mesh/mesh.ts'
import { createMesh } from '../../src/mesh/node.ts'
import type { SyncClient } from '../../src/mesh/sync/ports.ts'
import { consoleCard, judgeCard } from '../../src/trust/membership.ts'

/** Joins with a person's open session and talks to the members at these addresses, past every check of the console. */
export const visit = async <T>(
  home: string,
  addresses: readonly string[],
  work: (clients: SyncClient[], mesh: Mesh) => Promise<T>
): Promise<T> => {
  const chain = await requireChain(home, systemClock.now())
  const session = currentSession(home, chain.mesh, systemClock)
  if (session === undefined) throw new Error('no session is open: run a command of gumshoe first')
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
  try {
    const clients = await Promise.all(
      addresses.map(async address => mesh.client((await mesh.dial(address)).peer))
    )
    return await work(clients, mesh)
  } finally {
    await mesh.stop()
  }
}
