import { createHash } from 'node:crypto'
import {
  type GossipSub,
  type GossipsubOpts,
  gossipsub,
  type Message,
  StrictNoSign,
  TopicValidatorResult
} from '@chainsafe/libp2p-gossipsub'
import type { PeerId } from '@libp2p/interface'
import type { Clock } from '../clock.ts'
import { LIMITS } from '../limits.ts'
import { ALL, type GossipVerdict, type MeshInit, topicName } from './mesh.ts'
import { Places } from './places.ts'
import type { Caller } from './sync/ports.ts'

const VERDICTS: Record<GossipVerdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject
}

/** A topic's score: only invalid messages count, so that quiet members are never pruned (mesh-facts.md 6). */
const TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1,
  timeInMeshCap: 1,
  firstMessageDeliveriesWeight: 0,
  firstMessageDeliveriesDecay: 0.9,
  firstMessageDeliveriesCap: 1,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.9,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 1_000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.9,
  invalidMessageDeliveriesWeight: -10,
  invalidMessageDeliveriesDecay: 0.9
}

/** A subscription follows hello within some hundred ms; nobody waits longer for one that may never come. */
const SUBSCRIBER_MS = 1_000
const LOOK_MS = 20

/**
 * Topic and data with all signatures: without the topic the hosts of a second conjunct silently get nothing, without the
 * signatures anyone could shadow a true action (threats.md, T23).
 */
export const messageId = (message: Pick<Message, 'topic' | 'data'>): Uint8Array =>
  createHash('sha256').update(message.topic).update('\0').update(message.data).digest()

/** Degrees by role: hubs hold everyone in their mesh, agents their hubs and a few neighbours (mesh-facts.md 6). */
const DEGREES: Record<MeshInit['role'], Partial<GossipsubOpts>> = {
  node: { D: 4_000, Dlo: 2_000, Dhi: 20_000, Dout: 0, gossipFactor: 1, batchPublish: true },
  agent: { D: 4, Dlo: 3, Dhi: 6, Dout: 0, Dscore: 3 },
  console: { D: 8, Dlo: 6, Dhi: 12, Dout: 0 }
}

/** The gossipsub service of a member; the score of hubs keeps links to them grafted. */
export const gossipService = (role: MeshInit['role'], isHub: (peer: string) => boolean) =>
  gossipsub({
    globalSignaturePolicy: StrictNoSign,
    fallbackToFloodsub: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    emitSelf: false,
    floodPublish: true,
    seenTTL: 600_000,
    mcacheLength: 12,
    mcacheGossip: 8,
    pruneBackoff: 15_000,
    // A frame that is too long silently ends gossip with its sender; a charter is a message of 1 MiB, and several
    // actions may come in one frame.
    maxInboundDataLength: 4 << 20,
    awaitRpcHandler: true,
    maxTopicBytesPerPeer: 16 << 20,
    decodeRpcLimits: {
      maxSubscriptions: 5_000,
      maxMessages: 64,
      maxIhaveMessageIDs: 500,
      maxIwantMessageIDs: 500,
      maxIdontwantMessageIDs: 500,
      maxControlMessages: 5_000,
      maxPeerInfos: 16
    },
    msgIdFn: messageId,
    scoreParams: {
      // Or a fleet behind one NAT goes silent.
      IPColocationFactorWeight: 0,
      appSpecificScore: peer => (isHub(peer) ? 100 : 0),
      appSpecificWeight: 1,
      topics: {}
    },
    scoreThresholds: {
      gossipThreshold: -100,
      publishThreshold: -200,
      graylistThreshold: -400,
      acceptPXThreshold: 0
    },
    ...DEGREES[role]
  })

/** One frame of gossip as gossipsub decodes it: what we look at. */
interface Rpc {
  subscriptions: unknown[]
  messages: { topic?: string; data?: Uint8Array }[]
  control?: Record<'ihave' | 'iwant' | 'graft' | 'prune' | 'idontwant', { messageIDs?: unknown[] }[]>
}

/** What gossipsub keeps behind its interface and we need: the table of score parameters, the one place where frames come in, and the streams that frames go out by. */
interface Inside {
  score: { params: { topics: Record<string, typeof TOPIC_SCORE> } }
  handleReceivedRpc(from: PeerId, rpc: Rpc): Promise<void>
  streamsOutbound: ReadonlyMap<string, unknown>
}

export interface GossipComponents {
  clock: Clock
  member(peer: string): Caller | undefined
  judge(topic: string, data: Uint8Array, from: string): Promise<GossipVerdict>
  /** Ends the connection of a peer that broke the rules of topics, or sends too much, or too much that is invalid. */
  expel(peer: string, reason: string): void
  /** True while the peer may cause one more check. */
  allowed(peer: string): boolean
  /** Charges a peer for what its frame holds, or for messages that were rejected; false once it owes too much. */
  charge(peer: string, what: 'item' | 'reject', count: number): boolean
}

/** Messages of one frame are judged side by side; a forger is out before the rest of his has its turn. */
const CHECKS_AT_ONCE = 8

/** The largest message: a charter with its signatures. */
const MESSAGE_BYTES = LIMITS.charterBytes + LIMITS.signatures * LIMITS.signatureBytes

/** Topics of one member: which it may hear, and what comes in by them. */
export class Gossip {
  readonly #pubsub: GossipSub
  readonly #inside: Inside
  readonly #init: MeshInit
  readonly #components: GossipComponents
  readonly #topics = new Set<string>()
  readonly #places = new Places(CHECKS_AT_ONCE)

  constructor(pubsub: GossipSub, init: MeshInit, components: GossipComponents) {
    this.#pubsub = pubsub
    this.#inside = pubsub as unknown as Inside
    this.#init = init
    this.#components = components
    const handle = this.#inside.handleReceivedRpc.bind(pubsub)
    this.#inside.handleReceivedRpc = (from, rpc) => this.#frame(from, rpc, handle)
    pubsub.addEventListener('subscription-change', event => {
      const peer = event.detail.peerId.toString()
      for (const { topic, subscribe } of event.detail.subscriptions) if (subscribe) this.#heard(peer, topic)
    })
  }

  /** Subscribes to what is heard from the start, once libp2p runs. */
  start(): void {
    for (const tag of [ALL, ...this.#init.tags]) this.subscribe(tag)
  }

  subscribe(tag: string): void {
    const topic = topicName(this.#init.mesh, tag)
    if (this.#topics.has(topic)) return
    this.#topics.add(topic)
    this.#inside.score.params.topics[topic] = TOPIC_SCORE
    this.#pubsub.topicValidators.set(topic, (from, message) =>
      this.#judge(topic, message.data, from.toString())
    )
    this.#pubsub.subscribe(topic)
  }

  async publish(tag: string, data: Uint8Array): Promise<number> {
    const topic = topicName(this.#init.mesh, tag)
    // A hub keeps what it publishes; for the others, what went to nobody counts as seen and never goes.
    if (this.#init.role !== 'node') await this.#subscriber(topic)
    const { recipients } = await this.#pubsub.publish(topic, data)
    return recipients.length
  }

  /** Waits a moment for the first peer that hears the topic: subscriptions and gossip's own streams come some time after hello. */
  async #subscriber(topic: string): Promise<void> {
    const { streamsOutbound } = this.#inside
    for (let waited = 0; waited < SUBSCRIBER_MS; waited += LOOK_MS) {
      if (this.#pubsub.getSubscribers(topic).some(peer => streamsOutbound.has(peer.toString()))) return
      await this.#components.clock.sleep(LOOK_MS)
    }
  }

  /** Peers that gossip flows with: the stream of a connected one may have ended by itself. */
  peers(): Set<string> {
    return new Set(this.#pubsub.getPeers().map(String))
  }

  /**
   * What a peer sends is charged before gossipsub looks at it, duplicates and control too. Messages of topics that are
   * not ours go no further: gossipsub would keep them, unseen by any validator.
   */
  async #frame(from: PeerId, rpc: Rpc, handle: Inside['handleReceivedRpc']): Promise<void> {
    const peer = from.toString()
    // What is still under way from one who has left is nobody's fault.
    if (this.#components.member(peer) === undefined) return
    if (!this.#components.charge(peer, 'item', itemsOf(rpc)))
      return this.#components.expel(peer, 'it sends far more than a member needs to')
    const messages = rpc.messages.filter(
      ({ topic, data }) =>
        topic !== undefined && this.#topics.has(topic) && (data?.length ?? 0) <= MESSAGE_BYTES
    )
    await handle(from, { ...rpc, messages })
  }

  async #judge(topic: string, data: Uint8Array, from: string): Promise<TopicValidatorResult> {
    if (!this.#components.allowed(from)) return TopicValidatorResult.Ignore
    const leave = await this.#places.take(from)
    try {
      // It has been put out, or has gone, while its message waited.
      if (this.#components.member(from) === undefined) return TopicValidatorResult.Ignore
      const verdict = await this.#components.judge(topic, data, from)
      // Gossipsub's own score is looked at once a second, and then only ignores: who costs is not kept.
      if (verdict === 'reject' && !this.#components.charge(from, 'reject', 1))
        this.#components.expel(from, 'its messages are invalid too often')
      return VERDICTS[verdict]
    } catch {
      return TopicValidatorResult.Ignore
    } finally {
      leave()
    }
  }

  /** A hub follows its agents to their topics; a member that subscribes to one that is not its own is expelled. */
  #heard(peer: string, topic: string): void {
    const prefix = topicName(this.#init.mesh, '')
    const tag = topic.startsWith(prefix) ? topic.slice(prefix.length) : undefined
    const member = this.#components.member(peer)
    if (member === undefined || member.role === 'node') return
    const own = tag === ALL || (member.role === 'agent' && tag !== undefined && member.tags.includes(tag))
    if (!own) this.#components.expel(peer, `it subscribed to ${topic.slice(0, 100)}, which is not its own`)
    else if (this.#init.role === 'node' && this.#topics.size < LIMITS.topics + 1) this.subscribe(tag)
  }
}

/** Ids are cheaper than messages: fifty count as one. */
const itemsOf = ({ subscriptions, messages, control }: Rpc): number => {
  const lists = control === undefined ? [] : Object.values(control).filter(Array.isArray).flat()
  const ids = lists.reduce((sum, { messageIDs }) => sum + (messageIDs?.length ?? 0), 0)
  return 1 + subscriptions.length + messages.length + lists.length + Math.floor(ids / 50)
}
