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

/** A console in the mesh: its person's session, the charter, and clients to the bootstrap nodes that it reached. */
export interface Connected {
  readonly mesh: Mesh
  readonly chain: CharterChain
  readonly session: Session
  readonly signer: OwnSigner
  readonly context: AdminContext
  /** Bootstrap nodes reached; empty only where `alone` was allowed. */
  nodes(): Promise<SyncClient[]>
  /** Asks this node nothing more, and tells the person why: it does what no honest node does. */
  leave(node: SyncClient, why: unknown): void
  /** What agents put to us over connections that we opened, when every node is gone. Returns what ends it. */
  onAnswer(take: (parcel: Parcel) => void): () => void
  /** Called for each node that is reached from now on. Returns what ends it. */
  onNode(take: (node: SyncClient) => void): () => void
  close(): Promise<void>
}

/** How long to wait for the first node, and then for the others. */
const FIRST_MS = 10_000
const OTHERS_MS = 1_000
const LOOK_MS = 25

/** Joins the mesh. Throws `unreached` where no bootstrap node answers, unless `alone`; a refusal says more and is thrown instead. */
export const connect = async (
  context: AdminContext,
  options: { alone?: boolean } = {}
): Promise<Connected> => {
  const { home, clock } = context
  const chain = await requireChain(home, clock.now())
  const signer = await ownSigner(context, [chain.current.charter], { admins: false })
  const session = await openSession(home, chain.mesh, signer, clock)
  const takers = new Set<(parcel: Parcel) => void>()
  const nodeTakers = new Set<(node: SyncClient) => void>()
  const refusals: GumshoeError[] = []
  const left = new Set<string>()
  const { createMesh } = await import('../src/mesh/node.ts')
  const mesh = await createMesh(
    { role: 'console', seed: session.identity.seed, mesh: chain.mesh, listen: [], tags: [] },
    {
      card: () => consoleCard(session.voucher),
      judge: (card, peer) => judgeCard(card, peer, chain, clock.now()),
      judgeGossip: async () => 'ignore',
      hubs: () => new Map(chain.current.charter.nodes.map(({ peer, addresses }) => [peer, addresses])),
      port: consolePort(chain, parcel => {
        for (const take of takers) take(parcel)
      }),
      log: (_, event, fields) => {
        if (event === 'dial-failed' && fields?.['cause'] instanceof GumshoeError)
          refusals.push(fields['cause'])
      }
    }
  )
  mesh.onMember(
    ({ role, peer }) => {
      if (role !== 'node' || left.has(peer) || nodeTakers.size === 0) return
      void mesh.client(peer).then(
        node => {
          for (const take of nodeTakers) take(node)
        },
        () => undefined
      )
    },
    () => undefined
  )
  const nodes = async (): Promise<SyncClient[]> =>
    Promise.all(
      mesh
        .members()
        .filter(({ role, peer }) => role === 'node' && !left.has(peer))
        .map(({ peer }) => mesh.client(peer))
    )
  const connected: Connected = {
    mesh,
    chain,
    session,
    signer,
    context,
    nodes,
    leave: ({ peer }, why) => {
      if (left.has(peer)) return
      left.add(peer)
      const name = chain.current.charter.nodes.find(node => node.peer === peer)?.name ?? peer
      context.tell(`WARNING: the bootstrap node ${name} is asked no more. ${sentenceOf(why)}`)
    },
    onAnswer: take => listen(takers, take),
    onNode: take => listen(nodeTakers, take),
    close: () => mesh.stop()
  }
  try {
    await reachNodes(connected, options.alone === true, refusals)
    // What a node says of the charter is believed by its signatures alone; one that lies or is silent holds nobody up.
    const asked = (await nodes()).map(node => takeNewer(node, chain, clock.now()))
    for (const result of await settledSoon(asked))
      if (result?.status === 'rejected' && codeOf(result.reason).startsWith('charter'))
        context.tell(`A bootstrap node offers a charter that is not taken: ${result.reason.message}`)
    saveChain(home, chain)
    return connected
  } catch (error) {
    await mesh.stop()
    throw error
  }
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const listen = <T>(takers: Set<T>, take: T): (() => void) => {
  takers.add(take)
  return () => void takers.delete(take)
}

const reachNodes = async (
  { mesh, chain, context: { clock } }: Connected,
  alone: boolean,
  refusals: readonly GumshoeError[]
): Promise<void> => {
  const wanted = chain.current.charter.nodes.length
  const reached = () => mesh.members().filter(({ role }) => role === 'node').length
  const refused = () => refusals.find(({ code }) => code !== 'unreached')
  for (
    let waited = 0;
    reached() === 0 && waited < (alone ? FIRST_MS / 4 : FIRST_MS) && refused() === undefined;
    waited += LOOK_MS
  )
    await clock.sleep(LOOK_MS)
  for (let waited = 0; reached() < wanted && waited < OTHERS_MS; waited += LOOK_MS) await clock.sleep(LOOK_MS)
  if (reached() > 0) return
  // A refusal says more than silence: who is revoked does not go round the nodes to the hosts.
  const refusal = refused()
  if (refusal !== undefined) throw refusal
  if (alone) return
  const most = `None of the ${wanted} bootstrap nodes of the charter answers; nothing was sent.`
  throw new GumshoeError('unreached', most)
}

/** Takes up charter versions that a node has and we have not. */
export const takeNewer = async (client: SyncClient, chain: CharterChain, now: number): Promise<void> => {
  const { charterVersion } = await client.hello()
  // One reply holds as many as fit a frame.
  while (charterVersion > chain.current.charter.version) {
    const before = chain.current.charter.version
    for (const envelope of await client.charters(before)) await chain.accept(envelope, now)
    if (chain.current.charter.version === before) return
  }
}

/** A console takes answers from agents that it has dialled; its receipt counts for nobody but itself. */
const consolePort = (chain: CharterChain, take: (parcel: Parcel) => void): SyncPort => ({
  hello: () => ({ charterVersion: chain.current.charter.version, charterId: chain.current.id }),
  put: async (_, parcel) => {
    take(parcel)
    return { receipt: new Uint8Array() }
  },
  want: async () => undefined,
  charters: async (_, above) => chain.envelopes(above).slice(0, 16),
  open: async () => ({ missing: [], cancels: [] }),
  head: async () => undefined,
  neighbours: async () => [],
  follow: async function* () {
    yield* []
  }
})
