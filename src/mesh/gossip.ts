import { createHash } from 'node:crypto'
import {
  type GossipSub,
  type GossipsubOpts,
  gossipsub,
  type Message,
  StrictNoSign,
  TopicValidatorResult
} from '@chainsafe/libp2p-gossipsub'
import { LIMITS } from '../limits.ts'
import { ALL, type GossipVerdict, type MeshInit, topicName } from './mesh.ts'
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

const GRAYLIST = -400

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
    maxInboundDataLength: 256 * 1024,
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
      graylistThreshold: GRAYLIST,
      acceptPXThreshold: 0
    },
    ...DEGREES[role]
  })

/** What gossipsub keeps behind its interface and we need: the live score table. */
interface Scored {
  score: { params: { topics: Record<string, typeof TOPIC_SCORE> }; score(peer: string): number }
}

export interface GossipComponents {
  member(peer: string): Caller | undefined
  judge(topic: string, data: Uint8Array, from: string): Promise<GossipVerdict>
  /** Ends the connection of a peer that broke the rules of topics or fell below the graylist. */
  expel(peer: string, reason: string): void
  /** True while the peer may cause one more check. */
  allowed(peer: string): boolean
}

/** Topics of one member: which it may hear, and what comes in by them. */
export class Gossip {
  readonly #pubsub: GossipSub
  readonly #init: MeshInit
  readonly #components: GossipComponents
  readonly #topics = new Set<string>()

  constructor(pubsub: GossipSub, init: MeshInit, components: GossipComponents) {
    this.#pubsub = pubsub
    this.#init = init
    this.#components = components
    for (const tag of [ALL, ...init.tags]) this.subscribe(tag)
    pubsub.addEventListener('subscription-change', event => {
      const peer = event.detail.peerId.toString()
      for (const { topic, subscribe } of event.detail.subscriptions) if (subscribe) this.#heard(peer, topic)
    })
  }

  subscribe(tag: string): void {
    const topic = topicName(this.#init.mesh, tag)
    if (this.#topics.has(topic)) return
    this.#topics.add(topic)
    const { score } = this.#pubsub as unknown as Scored
    score.params.topics[topic] = TOPIC_SCORE
    this.#pubsub.topicValidators.set(topic, (from, message) =>
      this.#judge(topic, message.data, from.toString())
    )
    this.#pubsub.subscribe(topic)
  }

  async publish(tag: string, data: Uint8Array): Promise<number> {
    const { recipients } = await this.#pubsub.publish(topicName(this.#init.mesh, tag), data)
    return recipients.length
  }

  /** Peers whose score fell below the graylist: they cost only, from here on. */
  graylisted(peers: readonly string[]): string[] {
    const { score } = this.#pubsub as unknown as Scored
    return peers.filter(peer => score.score(peer) < GRAYLIST)
  }

  async #judge(topic: string, data: Uint8Array, from: string): Promise<TopicValidatorResult> {
    try {
      if (!this.#components.allowed(from)) return TopicValidatorResult.Ignore
      return VERDICTS[await this.#components.judge(topic, data, from)]
    } catch {
      return TopicValidatorResult.Ignore
    }
  }

  /** A hub follows its agents to their topics; a member that subscribes to one that is not its own is expelled. */
  #heard(peer: string, topic: string): void {
    const prefix = topicName(this.#init.mesh, '')
    const tag = topic.startsWith(prefix) ? topic.slice(prefix.length) : undefined
    const member = this.#components.member(peer)
    if (member === undefined || member.role === 'node') return
    const own = tag === ALL || (member.role === 'agent' && tag !== undefined && member.tags.includes(tag))
    if (!own) this.#components.expel(peer, `it subscribed to ${topic}, which is not its own`)
    else if (this.#init.role === 'node' && this.#topics.size < LIMITS.topics + 1) this.subscribe(tag)
  }
}
