import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { ConnectionGater } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { toMultiaddr } from './address.ts'
import { gossipService } from './gossip.ts'
import type { Members } from './members.ts'
import type { MeshInit } from './mesh.ts'
import { silentLogger } from './silent-logger.ts'

export type Node = Libp2p<{ pubsub: GossipSub }>

/** Connections by role: a hub holds a fleet, behind one NAT at worst (mesh-facts.md 4 and 6). */
const CONNECTIONS = {
  node: { maxConnections: 20_000, inboundConnectionThreshold: 5_000, maxIncomingPendingConnections: 5_000 },
  agent: { maxConnections: 500, inboundConnectionThreshold: 1_000, maxIncomingPendingConnections: 200 },
  console: { maxConnections: 500, inboundConnectionThreshold: 1_000, maxIncomingPendingConnections: 200 }
} as const

/** The libp2p of a member, not started yet; strangers end inside the encrypter of `members`. Throws `usage` for malformed addresses. */
export const makeNode = async (
  init: MeshInit,
  members: Members,
  isHub: (peer: string) => boolean,
  gater: ConnectionGater
): Promise<Node> => {
  for (const address of [...init.listen, ...(init.announce ?? [])]) toMultiaddr(address)
  // Of net.connect, and until it is connected: the type names some of its options only.
  const dialOpts = { noDelay: true, timeout: LIMITS.connectMs }
  return createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', init.seed),
    logger: silentLogger,
    addresses: { listen: [...init.listen], ...(init.announce && { announce: [...init.announce] }) },
    transports: [tcp({ backlog: 1_024, inboundSocketInactivityTimeout: 120_000, dialOpts })],
    connectionEncrypters: [members.encrypter()],
    // A paused reader holds at most one window; beyond 4 MiB yamux would reset the stream.
    streamMuxers: [yamux({ maxEarlyStreams: 64, streamOptions: { maxStreamWindowSize: 1 << 20 } })],
    connectionManager: { ...CONNECTIONS[init.role], dialTimeout: 10_000 },
    // Its ping streams cost a hub 2 % of a core for each hundred peers; our own hello goes over the open stream.
    connectionMonitor: { enabled: false },
    connectionGater: gater,
    services: { identify: identify(), pubsub: gossipService(init.role, isHub) }
  })
}

/** Starts it: listens, and lets others in. Throws `port-in-use`, `permission`, `usage`. */
export const startNode = async (node: Node, { listen }: MeshInit): Promise<void> => {
  try {
    await node.start()
  } catch (error) {
    throw listenError(error, listen)
  }
}

const listenError = (error: unknown, listen: readonly string[]): unknown => {
  const causes =
    error instanceof AggregateError ? error.errors : [error, (error as { cause?: unknown })?.cause]
  const text = `${String(error)} ${causes.map(String).join(' ')}`
  const where = listen.join(', ')
  if (/EADDRINUSE|address already in use/.test(text)) {
    return new GumshoeError('port-in-use', `Another program listens on ${where}.`, { cause: error })
  }
  if (/EACCES|permission denied/.test(text))
    return new GumshoeError('permission', `This user may not listen on ${where}.`, { cause: error })
  if (/EADDRNOTAVAIL|not a valid Multiaddr|UnsupportedListen|no valid addresses/i.test(text)) {
    return new GumshoeError(
      'usage',
      `It is not possible to listen on ${where}; an address is like /ip4/0.0.0.0/tcp/7070.`,
      { cause: error }
    )
  }
  return error
}
