import type { Caller, SyncClient, SyncPort } from './sync/ports.ts'

/** Gossip's verdict on a message: `reject` costs the forwarder, so it is only for what every honest node would reject. */
export type GossipVerdict = 'accept' | 'ignore' | 'reject'

/** `gumshoe/1/<mesh, 16 hex>/<tag>`, with `all` as the tag that everybody has. */
export const topicName = (mesh: string, tag: string): string => `gumshoe/1/${mesh.slice(0, 16)}/${tag}`
export const ALL = 'all'

export interface MeshInit {
  readonly role: 'agent' | 'node' | 'console'
  /** Raw 32-byte Ed25519 seed of the libp2p key. */
  readonly seed: Uint8Array
  readonly mesh: string
  /** Multiaddrs to listen on; empty for leaves and consoles. */
  readonly listen: readonly string[]
  readonly announce?: readonly string[]
  /** Tags whose topics to subscribe from the start (a node follows its agents instead). */
  readonly tags: readonly string[]
}

export interface MeshComponents {
  /** Our own card (`trust/membership.ts`), at most 8 KiB. */
  card(): Uint8Array
  /** Judges a peer's card against the newest charter; throws GumshoeError when it is no member. */
  judge(card: Uint8Array, peer: string): Promise<Caller>
  /** Judges gossip; data is an encoded envelope. Must not throw; a throw counts as ignore. */
  judgeGossip(topic: string, data: Uint8Array, from: string): Promise<GossipVerdict>
  /** Bootstrap nodes by the newest charter: peer id → multiaddrs. */
  hubs(): ReadonlyMap<string, readonly string[]>
  /** What we serve; absent for those who serve nothing. */
  port?: SyncPort
  /** This hub's hello names a newer charter than ours: gossip may lose one, and it must be obeyed within 60 s. */
  behind?(peer: string): void
  log(level: 'debug' | 'info' | 'warn' | 'error', event: string, fields?: Record<string, unknown>): void
}

/** One running member of the mesh; the only face of libp2p to the rest of the house. */
export interface Mesh {
  readonly peer: string
  addresses(): string[]
  /** Publishes an encoded envelope; resolves to the number of peers that it was sent to. */
  publish(tag: string, data: Uint8Array): Promise<number>
  subscribe(tag: string): void
  /** Members connected now. */
  members(): Caller[]
  /** A client to a connected member; opened lazily, one long-lived stream a peer. Throws `unreached`. */
  client(peer: string): Promise<SyncClient>
  /** Dials a multiaddr; resolves once the peer has answered hello. Throws `unreached` or the refusal's code. */
  dial(address: string): Promise<Caller>
  disconnect(peer: string): Promise<void>
  /** Called for each member that has answered hello, and when it has gone. */
  onMember(up: (caller: Caller) => void, down: (caller: Caller) => void): void
  /** Judges every connected member again, after the charter changed; ends connections of those no longer members. */
  rejudge(): Promise<void>
  stop(): Promise<void>
}
