import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src/clock.ts'
import { decodeCbor, encodeCbor } from '../../src/codec.ts'
import { GumshoeError } from '../../src/errors.ts'
import { makeNode, type Node, startNode } from '../../src/mesh/libp2p.ts'
import { Members } from '../../src/mesh/members.ts'
import type { GossipVerdict, Mesh, MeshComponents, MeshInit } from '../../src/mesh/mesh.ts'
import { createMesh } from '../../src/mesh/node.ts'
import type { Caller, SyncPort } from '../../src/mesh/sync/ports.ts'
import { makeIdentity } from '../../src/trust/identity.ts'

export const MESH_ID = 'ab'.repeat(32)

export interface TestMemberInit {
  role: MeshInit['role']
  tags?: string[]
  listen?: string[]
  hubs?: Map<string, string[]>
  seed?: Uint8Array
  /** The card that it shows; a stranger shows another mesh's. */
  mesh?: string
  port?: SyncPort
  judgeGossip?: (topic: string, data: Uint8Array, from: string) => Promise<GossipVerdict>
  /** Tags that its card claims, where they differ from those it subscribes to. */
  cardTags?: string[]
  judge?: (card: Uint8Array, peer: string) => void
  /** When a console's voucher ends. */
  until?: () => number
  pulseMs?: number
  behind?: (peer: string) => void
}

export const testCard = (mesh: string, role: MeshInit['role'], tags: readonly string[]): Uint8Array =>
  encodeCbor([mesh, role, [...tags]])

const judgeTestCard = (card: Uint8Array, peer: string, until = Number.MAX_SAFE_INTEGER): Caller => {
  const [mesh, role, tags] = decodeCbor(card) as [string, Caller['role'], string[]]
  if (mesh !== MESH_ID) throw new GumshoeError('not-a-member', 'The card is of another mesh.')
  if (role === 'node') return { role, peer, name: 'hub' }
  if (role === 'console') return { role, peer, person: 'anna', until }
  return { role, peer, tags, grantId: '00'.repeat(32), leaf: false, membership: {} as never }
}

/** A member of a test mesh whose cards are plain CBOR words instead of signed documents: the door is the same, the judge is simple. */
export const testMember = async (
  init: TestMemberInit
): Promise<Mesh & { heard: { topic: string; data: Uint8Array }[] }> => {
  const heard: { topic: string; data: Uint8Array }[] = []
  const components: MeshComponents = {
    card: () => testCard(init.mesh ?? MESH_ID, init.role, init.cardTags ?? init.tags ?? []),
    judge: async (card, peer) => {
      init.judge?.(card, peer)
      return judgeTestCard(card, peer, init.until?.())
    },
    judgeGossip: async (topic, data, from) => {
      heard.push({ topic, data })
      return init.judgeGossip?.(topic, data, from) ?? 'accept'
    },
    hubs: () => init.hubs ?? new Map(),
    log: () => undefined,
    ...(init.port && { port: init.port }),
    ...(init.behind && { behind: init.behind })
  }
  const mesh = await createMesh(
    {
      role: init.role,
      seed: init.seed ?? makeIdentity(randomBytes(32)).seed,
      mesh: MESH_ID,
      listen: init.listen ?? (init.role === 'console' ? [] : ['/ip4/127.0.0.1/tcp/0']),
      tags: init.tags ?? []
    },
    components,
    systemClock,
    init.pulseMs
  )
  return Object.assign(mesh, { heard })
}

/** A libp2p that passes the door as a member and then obeys nothing of ours: what a hostile member runs. Stop it by `stop()`. */
export const hostileMember = async (
  tags: readonly string[] = [],
  role: MeshInit['role'] = 'agent'
): Promise<Node> => {
  const door = {
    clock: systemClock,
    card: () => testCard(MESH_ID, role, tags),
    judge: async (card: Uint8Array, peer: string) => judgeTestCard(card, peer)
  }
  const init = { role, seed: makeIdentity(randomBytes(32)).seed, mesh: MESH_ID, listen: [], tags }
  const node = await makeNode(init, new Members(door), () => false, {})
  await startNode(node, init)
  return node
}

/** True once gossipsub can send to the one peer that there is: before, frames made by hand are dropped in silence. */
export const canSend = (pubsub: Node['services']['pubsub']): boolean =>
  (pubsub as unknown as { streamsOutbound: Map<string, unknown> }).streamsOutbound.size === 1

/** A port that refuses everything but what a test overrides. */
export const testPort = (overrides: Partial<SyncPort> = {}): SyncPort => ({
  hello: () => ({ charterVersion: 1, charterId: MESH_ID }),
  put: async () => ({ refused: 'policy', message: 'This is a test.' }),
  want: async () => undefined,
  putChunk: async () => 0,
  wantChunk: async () => undefined,
  charters: async () => [],
  open: async () => ({ missing: [], cancels: [] }),
  head: async () => undefined,
  neighbours: async () => [],
  present: async () => ({ peers: [], whole: false }),
  follow: async function* () {},
  ...overrides
})

/** Waits until a condition holds; fails after `ms`. */
export const eventually = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  ms = 10_000
): Promise<void> => {
  const end = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`It never came that ${what}.`)
    await new Promise(done => setTimeout(done, 20))
  }
}
