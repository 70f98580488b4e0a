import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { GumshoeError, isErrorCode } from '../../src/errors.ts'
import type { Mesh } from '../../src/mesh/mesh.ts'
import type { SyncClient } from '../../src/mesh/sync/ports.ts'
import type { CharterChain } from '../../src/trust/charter-chain.ts'
import { joinMesh, takeUp } from '../join-mesh.ts'
import type { AdminContext } from './context.ts'
import { notYetTold, warningsOf } from './warnings.ts'

/** A short visit to the bootstrap nodes, for what is neither asked nor answered: charters. */

/** Connects to every node of the charter that answers, and takes up what versions they have above ours. Throws `unreached`. */
const visit = async <T>(
  context: AdminContext,
  act: (clients: readonly SyncClient[]) => Promise<T>
): Promise<T> => {
  const { mesh, chain } = await joinMesh(context)
  try {
    const clients = await reach(mesh, chain)
    await takeUp(context, chain, clients)
    const warnings = await warningsOf(chain.current.charter, context.clock.now())
    for (const line of notYetTold(context, warnings)) context.tell(line)
    return await act(clients)
  } finally {
    await mesh.stop()
  }
}

const reach = async (mesh: Mesh, chain: CharterChain): Promise<SyncClient[]> => {
  const refusals: unknown[] = []
  const reached = await Promise.all(
    chain.current.charter.nodes.map(async ({ peer, addresses }) => {
      for (const address of addresses) {
        const caller = await mesh.dial(address).catch(error => void refusals.push(error))
        if (caller) return await mesh.client(peer)
      }
      return undefined
    })
  )
  const clients = reached.filter(client => client !== undefined)
  if (clients.length > 0) return clients
  // A refusal says more than silence does.
  const refusal = refusals.find(error => error instanceof GumshoeError && error.code !== 'unreached')
  throw refusal ?? new GumshoeError('unreached', 'No bootstrap node of the charter answers.')
}

/** Brings the home's charter up to the newest that a node has; says so where none answers, since what is held may do. */
export const refresh = async (context: AdminContext): Promise<void> => {
  try {
    await visit(context, async () => undefined)
  } catch (error) {
    if (!(error instanceof GumshoeError) || error.code !== 'unreached') throw error
    context.tell('No bootstrap node answers; going on with the charter of this home, which may be old.')
  }
}

/**
 * Hands charter versions to every node that answers, oldest first; those that a node has are skipped. Throws `unreached`,
 * or the code with which the last node refused.
 */
export const handOver = async (context: AdminContext, envelopes: readonly Uint8Array[]): Promise<void> =>
  await visit(context, async clients => {
    const results = await Promise.allSettled(clients.map(client => give(client, envelopes)))
    if (results.some(({ status }) => status === 'fulfilled')) return
    throw (results[0] as PromiseRejectedResult).reason
  })

const give = async (client: SyncClient, envelopes: readonly Uint8Array[]): Promise<void> => {
  const { charterVersion } = await client.hello()
  for (const envelope of envelopes) {
    if (read(decodeEnvelope(envelope).bytes, 'gumshoe/charter/1').version <= charterVersion) continue
    const reply = await client.put({ envelope })
    if ('receipt' in reply) continue
    const code = isErrorCode(reply.refused) ? reply.refused : 'protocol'
    throw new GumshoeError(code, `The node refuses the charter: ${reply.message}`)
  }
}
