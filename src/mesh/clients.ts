import type { Mesh } from './mesh.ts'
import type { Caller, SyncClient } from './sync/ports.ts'

/** Clients to all members of a role that are connected now; who goes meanwhile is left out. */
export const clientsOf = async (
  mesh: Pick<Mesh, 'members' | 'client'>,
  role: Caller['role']
): Promise<SyncClient[]> => {
  const peers = mesh.members().filter(member => member.role === role)
  const clients = await Promise.allSettled(peers.map(({ peer }) => mesh.client(peer)))
  return clients.flatMap(client => (client.status === 'fulfilled' ? [client.value] : []))
}
