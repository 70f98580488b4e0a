import type { Clock } from '../src/clock.ts'
import { decodeEnvelope, documentId } from '../src/documents/envelope.ts'
import { kindOf } from '../src/documents/read.ts'
import { codeOf } from '../src/errors.ts'
import type { GossipVerdict } from '../src/mesh/mesh.ts'
import type { Documents } from '../src/store/documents.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { forwardable } from '../src/trust/gate.ts'
import type { Seen } from '../src/trust/seen.ts'
import type { Keeper } from './keeper.ts'

/** What every honest node would reject, whatever it holds: those cost the forwarder. */
const REJECTED: readonly string[] = [
  'malformed',
  'not-canonical',
  'too-large',
  'bad-signature',
  'wrong-mesh',
  'unknown-kind'
]

export interface HubJudge {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly documents: Documents
  readonly keeper: Keeper
  readonly seen: Seen
}

/** A hub's judge of gossip: it keeps what it lets through, so that catch-up has it too. */
export const judgeAtHub = async (data: Uint8Array, components: HubJudge): Promise<GossipVerdict> => {
  const { documents, keeper } = components
  try {
    const { bytes } = decodeEnvelope(data)
    const kind = kindOf(bytes)
    if (kind === 'gumshoe/action/1') return await judgeAction(documentId(bytes), data, components)
    if (kind !== 'gumshoe/cancel/1' && kind !== 'gumshoe/charter/1') return 'reject'
    if (kind === 'gumshoe/cancel/1' && (await documents.has(documentId(bytes)))) return 'ignore'
    await keeper.put('node', { envelope: data })
    return 'accept'
  } catch (error) {
    return REJECTED.includes(codeOf(error)) ? 'reject' : 'ignore'
  }
}

const judgeAction = async (id: string, data: Uint8Array, components: HubJudge): Promise<GossipVerdict> => {
  const { clock, chain, documents, keeper, seen } = components
  if (await documents.has(id)) return 'ignore'
  const verdict = await forwardable(data, { now: clock.now(), chain, seen })
  if (verdict.kind !== 'accept') return verdict.kind === 'reject' ? 'reject' : 'ignore'
  try {
    await keeper.keepVerified(id, data)
    return 'accept'
  } catch {
    seen.forget(id)
    return 'ignore'
  }
}
