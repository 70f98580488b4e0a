import { codeOf } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Mesh } from '../src/mesh/mesh.ts'
import type { SyncClient } from '../src/mesh/sync/ports.ts'

/** Connects to a few other agents whose addresses a node knows, so that the mesh stays one when every node is gone. */
export const meetNeighbours = async (
  mesh: Mesh,
  client: SyncClient,
  log: (level: 'debug', event: string, fields?: Record<string, unknown>) => void
): Promise<void> => {
  const have = () => mesh.members().filter(member => member.role === 'agent').length
  if (have() >= LIMITS.neighbours) return
  const known = new Set(mesh.members().map(({ peer }) => peer))
  for (const address of await client.neighbours()) {
    if (have() >= LIMITS.neighbours) return
    const peer = address.split('/p2p/').at(-1) ?? ''
    if (known.has(peer) || peer === mesh.peer) continue
    await mesh
      .dial(address)
      .catch(error => log('debug', 'neighbour-failed', { address, code: codeOf(error) }))
  }
}
