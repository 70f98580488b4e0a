import { GumshoeError } from '../src/errors.ts'
import type { Parcel, SyncClient } from '../src/mesh/sync/ports.ts'
import type { AdminContext } from './admin/context.ts'
import { type Joined, joinMesh, takeUp } from './join-mesh.ts'

/** A console in the mesh: its person's session, the charter, and clients to the bootstrap nodes that it reached. */
export interface Connected extends Joined {
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
  const takers = new Set<(parcel: Parcel) => void>()
  const nodeTakers = new Set<(node: SyncClient) => void>()
  const refusals: GumshoeError[] = []
  const left = new Set<string>()
  const { mesh, chain, session, signer } = await joinMesh(context, {
    take: parcel => {
      for (const take of takers) take(parcel)
    },
    notDialled: cause => {
      if (cause instanceof GumshoeError) refusals.push(cause)
    }
  })
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
    await takeUp(context, chain, await nodes())
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
  const most = `No bootstrap node answers; the charter names ${wanted}; nothing was sent.`
  throw new GumshoeError('unreached', most)
}
