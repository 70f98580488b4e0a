import { codeOf, GumshoeError } from '../src/errors.ts'
import type { Mesh } from '../src/mesh/mesh.ts'
import type { Parcel, SyncClient, SyncPort } from '../src/mesh/sync/ports.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { consoleCard, judgeCard } from '../src/trust/membership.ts'
import type { AdminContext } from './admin/context.ts'
import { requireChain, saveChain } from './admin/mesh-home.ts'
import { type OwnSigner, ownSigner } from './admin/own-signers.ts'
import { openSession, type Session } from './keys/session.ts'
import { settledSoon } from './soon.ts'

/** A console's place in the mesh: its person's session, and the charter that it judges others by. */
export interface Joined {
  readonly mesh: Mesh
  readonly chain: CharterChain
  readonly session: Session
  readonly signer: OwnSigner
}

export interface JoinHooks {
  /** What agents put to us. */
  readonly take?: (parcel: Parcel) => void
  /** Why a node could not be dialled, each time. */
  readonly notDialled?: (cause: unknown) => void
}

/** Opens the session and starts the console's member of the mesh; it dials the nodes of the charter by itself. Throws `no-home`, `no-key`, `bad-passphrase`. */
export const joinMesh = async (
  context: AdminContext,
  { take = () => undefined, notDialled = () => undefined }: JoinHooks = {}
): Promise<Joined> => {
  const { home, clock } = context
  const chain = await requireChain(home, clock.now())
  const signer = await ownSigner(context, [chain.current.charter], { admins: false })
  const session = await openSession(home, chain.mesh, signer, clock)
  // Only those commands that need the network load it.
  const { createMesh } = await import('../src/mesh/node.ts')
  const mesh = await createMesh(
    { role: 'console', seed: session.identity.seed, mesh: chain.mesh, listen: [], tags: [] },
    {
      card: () => consoleCard(session.voucher),
      judge: (card, peer) => judgeCard(card, peer, chain, clock.now()),
      judgeGossip: async () => 'ignore',
      hubs: () => new Map(chain.current.charter.nodes.map(({ peer, addresses }) => [peer, addresses])),
      port: consolePort(chain, take),
      log: (_, event, fields) => {
        if (event === 'dial-failed') notDialled(fields?.['cause'])
      }
    }
  )
  return { mesh, chain, session, signer }
}

/** Takes up charter versions that a node has and we have not: a reply holds as many as fit one frame, so it asks until there is nothing newer. */
export const takeNewer = async (client: SyncClient, chain: CharterChain, now: number): Promise<void> => {
  const { charterVersion } = await client.hello()
  while (chain.current.charter.version < charterVersion) {
    const before = chain.current.charter.version
    for (const envelope of await client.charters(before)) await chain.accept(envelope, now)
    // A node that promises what it does not give is not asked for ever.
    if (chain.current.charter.version === before) return
  }
}

/**
 * Takes up what any of these nodes has, and keeps it in the home. What a node says of the charter is believed by its
 * signatures alone; one that lies or is silent holds nobody up, and a charter that is not taken is told.
 */
export const takeUp = async (
  { home, clock, tell }: AdminContext,
  chain: CharterChain,
  nodes: readonly SyncClient[]
): Promise<void> => {
  const asked = nodes.map(node => takeNewer(node, chain, clock.now()))
  for (const result of await settledSoon(asked))
    if (result?.status === 'rejected' && codeOf(result.reason).startsWith('charter'))
      tell(`A bootstrap node offers a charter that is not taken: ${result.reason.message}`)
  saveChain(home, chain)
}

/** A console takes answers from agents that it has dialled; its receipt counts for nobody but itself. */
const consolePort = (chain: CharterChain, take: (parcel: Parcel) => void): SyncPort => ({
  hello: () => ({ charterVersion: chain.current.charter.version, charterId: chain.current.id }),
  put: async (_, parcel) => {
    take(parcel)
    return { receipt: new Uint8Array() }
  },
  want: async () => undefined,
  putChunk: async () => {
    throw new GumshoeError('policy', 'A console takes no attachments.')
  },
  wantChunk: async () => undefined,
  charters: async (_, above) => chain.envelopes(above).slice(0, 16),
  open: async () => ({ missing: [], cancels: [] }),
  head: async () => undefined,
  neighbours: async () => [],
  present: async () => ({ peers: [], whole: false }),
  follow: async function* () {
    yield* []
  }
})
