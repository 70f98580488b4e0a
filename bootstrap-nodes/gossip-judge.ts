import type { Clock } from '../src/clock.ts'
import { sameBytes } from '../src/codec.ts'
import { isActionKind } from '../src/documents/action.ts'
import { decodeEnvelope, documentId } from '../src/documents/envelope.ts'
import { kindOf } from '../src/documents/read.ts'
import { codeOf } from '../src/errors.ts'
import { type GossipVerdict, topicName } from '../src/mesh/mesh.ts'
import { contentChecksOf } from '../src/modules/content-checks.ts'
import type { Documents } from '../src/store/documents.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { forwardable } from '../src/trust/gate.ts'
import { Seen } from '../src/trust/seen.ts'
import type { Keeper } from './keeper.ts'
import type { OpenActions } from './open-actions.ts'

/** What every honest node would reject, whatever it holds and whatever its version: those cost the forwarder. */
const REJECTED: readonly string[] = ['malformed', 'not-canonical', 'too-large', 'bad-signature', 'wrong-mesh']

export interface HubJudgeComponents {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly documents: Documents
  readonly keeper: Keeper
  readonly open: OpenActions
  readonly seen: Seen
}

/** A hub's judge of gossip: it keeps what it lets through, so that catch-up has it too. */
export class HubJudge {
  readonly #components: HubJudgeComponents
  /** Action and topic, where it was let through already. */
  readonly #told = new Seen()

  constructor(components: HubJudgeComponents) {
    this.#components = components
  }

  async judge(topic: string, data: Uint8Array): Promise<GossipVerdict> {
    const { documents, keeper } = this.#components
    try {
      const { bytes } = decodeEnvelope(data)
      const kind = kindOf(bytes)
      const id = documentId(bytes)
      if (isActionKind(kind)) return await this.#judgeAction(topic, id, data)
      if (kind !== 'gumshoe/cancel/1' && kind !== 'gumshoe/charter/1') return 'reject'
      if (kind === 'gumshoe/cancel/1' && (await documents.has(id))) return 'ignore'
      await keeper.put('gossip', { envelope: data })
      return 'accept'
    } catch (error) {
      return REJECTED.includes(codeOf(error)) ? 'reject' : 'ignore'
    }
  }

  async #judgeAction(topic: string, id: string, data: Uint8Array): Promise<GossipVerdict> {
    const { clock, chain, documents, keeper, seen } = this.#components
    if (await documents.has(id)) return this.#judgeKept(topic, id, data)
    const verdict = await forwardable(data, {
      now: clock.now(),
      chain,
      seen,
      contentChecks: contentChecksOf
    })
    if (verdict.kind === 'ignore' && verdict.code === 'known') {
      // The copy of another topic, or of a put, is being kept right now.
      await keeper.untilKept(id)
      return this.#judgeKept(topic, id, data)
    }
    if (verdict.kind !== 'accept') return verdict.kind === 'reject' ? 'reject' : 'ignore'
    try {
      await keeper.keepVerified('gossip', verdict.value)
    } catch {
      return 'ignore'
    }
    this.#told.add(`${id} ${topic}`)
    return 'accept'
  }

  /**
   * An action goes to the topic of each of its conjuncts: the same bytes pass once on each, or the hosts of the second one
   * get nothing. Altered copies go nowhere (threats.md, T24).
   */
  async #judgeKept(topic: string, id: string, data: Uint8Array): Promise<GossipVerdict> {
    const { clock, chain, documents, open } = this.#components
    const name = `${id} ${topic}`
    const prefix = topicName(chain.mesh, '')
    if (this.#told.has(name) || !topic.startsWith(prefix)) return 'ignore'
    if (!open.isOn(id, topic.slice(prefix.length), clock.now())) return 'ignore'
    const kept = await documents.get(id)
    if (kept === undefined || !sameBytes(kept.parcel.envelope, data)) return 'ignore'
    this.#told.add(name)
    return 'accept'
  }
}
