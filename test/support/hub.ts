import { createServer } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type NodeIdentity, openCharter } from '../../bootstrap-nodes/home.ts'
import { type RunningNode, startBootstrap } from '../../bootstrap-nodes/node.ts'
import type { Clock } from '../../src/clock.ts'
import { encodeCharterFile } from '../../src/documents/charter-file.ts'
import type { Mesh, MeshComponents } from '../../src/mesh/mesh.ts'
import { createMesh } from '../../src/mesh/node.ts'
import type { Caller, SyncPort } from '../../src/mesh/sync/ports.ts'
import { CharterChain } from '../../src/trust/charter-chain.ts'
import { type Identity, makeIdentity } from '../../src/trust/identity.ts'
import { consoleCard, judgeCard } from '../../src/trust/membership.ts'
import { testDirectory } from './directory.ts'
import { testPort } from './members.ts'
import { NOW, type TestAgent, type TestMesh, testClock } from './mesh.ts'

/** A port of loopback that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })

export interface TestHub extends RunningNode {
  readonly home: string
  readonly address: string
  readonly events: { event: string; fields: Record<string, unknown> }[]
  readonly chain: CharterChain
  /** Starts it again in the same home and on the same port. */
  again(): Promise<TestHub>
}

export interface TestHubInit {
  readonly home?: string
  readonly wrapPort?: (port: SyncPort) => SyncPort
  readonly clock?: Clock
}

/** Takes a charter version that says where the mesh's nodes really listen. Returns the addresses by peer. */
export const giveAddresses = async (mesh: TestMesh): Promise<Map<string, string>> => {
  const ports = await Promise.all(mesh.nodes.map(freePort))
  const nodes = mesh.charter.nodes.map((node, i) => ({
    ...node,
    addresses: [`/ip4/127.0.0.1/tcp/${ports[i]}`]
  }))
  await mesh.advance({ nodes })
  return new Map(nodes.map(({ peer, addresses }) => [peer, addresses[0]!]))
}

/** A real bootstrap node in this process: its store in a directory of the test, its port on loopback. */
export const startHub = async (
  t: Pick<TestContext, 'after'>,
  mesh: TestMesh,
  identity: Identity,
  init: TestHubInit = {}
): Promise<TestHub> => {
  const home = init.home ?? join(testDirectory(), 'hub')
  const entry = mesh.charter.nodes.find(({ peer }) => peer === identity.peer)!
  const node = {
    kind: 'gumshoe/node-identity/1',
    seed: identity.seed,
    name: entry.name,
    listen: [...entry.addresses],
    announce: [],
    identity
  } as NodeIdentity
  const chain = await openCharter(home, encodeCharterFile(mesh.chain.envelopes()), NOW)
  const events: TestHub['events'] = []
  const running = await startBootstrap({
    home,
    node,
    chain,
    clock: init.clock ?? testClock,
    log: (_, event, fields = {}) => void events.push({ event, fields }),
    ...(init.wrapPort && { wrapPort: init.wrapPort })
  })
  let stopped = false
  const stop = async () => {
    if (stopped) return
    stopped = true
    await running.stop()
  }
  t.after(stop)
  return {
    mesh: running.mesh,
    documents: running.documents,
    stop,
    home,
    chain,
    events,
    address: `${entry.addresses[0]}/p2p/${identity.peer}`,
    again: async () => {
      await stop()
      return startHub(t, mesh, identity, { ...init, home })
    }
  }
}

interface JoinInit {
  readonly hubs?: ReadonlyMap<string, readonly string[]>
  readonly judgeGossip?: MeshComponents['judgeGossip']
}

/** A member of the test mesh with a real card: the console of this person. */
export const joinAsConsole = async (
  t: Pick<TestContext, 'after'>,
  mesh: TestMesh,
  person: string,
  init: JoinInit = {}
): Promise<{ mesh: Mesh; identity: Identity; voucher: Uint8Array }> => {
  const identity = makeIdentity()
  const voucher = await mesh.signVoucher(identity.peer, person)
  const member = await join_(t, mesh, {
    ...init,
    identity,
    role: 'console',
    tags: [],
    card: consoleCard(voucher)
  })
  return { mesh: member, identity, voucher }
}

/** An enrolled agent as a bare member: it says what the test has it say. */
export const joinAsAgent = (
  t: Pick<TestContext, 'after'>,
  mesh: TestMesh,
  agent: TestAgent,
  init: JoinInit = {}
): Promise<Mesh> =>
  join_(t, mesh, { ...init, identity: agent.identity, role: 'agent', tags: agent.tags, card: agent.card })

const join_ = async (
  t: Pick<TestContext, 'after'>,
  mesh: TestMesh,
  init: JoinInit & { identity: Identity; role: Caller['role']; tags: readonly string[]; card: Uint8Array }
): Promise<Mesh> => {
  const chain = await CharterChain.open(mesh.chain.envelopes(), NOW)
  const member = await createMesh(
    {
      role: init.role,
      seed: init.identity.seed,
      mesh: mesh.mesh,
      listen: [],
      tags: init.tags
    },
    {
      card: () => init.card,
      judge: (card, peer) => judgeCard(card, peer, chain, NOW),
      judgeGossip: init.judgeGossip ?? (async () => 'ignore'),
      hubs: () => init.hubs ?? new Map(),
      port: testPort(),
      log: () => undefined
    }
  )
  t.after(() => member.stop())
  return member
}
