import type { Kind } from '../src/documents/read.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Documents } from '../src/store/documents.ts'
import type { Index } from '../src/store/kept.ts'

/** What one sender may have kept about one action, so that none can crowd out another (design 7). */
interface Share {
  /** How much of the place names the sender. */
  readonly sender: (place: string) => string
  readonly most: number
  readonly bytes: number
}

const agentOf = (place: string): string => place.slice(0, place.indexOf('/') + 1)

const ANSWERS: Share = {
  sender: agentOf,
  most: LIMITS.answersPerAgentAction,
  bytes: LIMITS.answerBytesPerAgentAction
}

const SHARES: Partial<Record<Kind, Share>> = {
  'gumshoe/answer/1': ANSWERS,
  'gumshoe/dropped/1': ANSWERS,
  'gumshoe/keywrap/1': {
    sender: reader => reader,
    most: LIMITS.keywrapsPerReader,
    bytes: LIMITS.keywrapsPerReader * 2 * LIMITS.smallBytes
  },
  'gumshoe/cancel/1': {
    sender: () => '',
    most: LIMITS.cancelsPerAction,
    bytes: LIMITS.cancelsPerAction * 4 * LIMITS.smallBytes
  }
}

/** The name of the share that a document counts for; documents of one name are judged one after the other. */
export const shareOf = (kind: Kind, index: Index): string | undefined => {
  const share = SHARES[kind]
  return share && `${kind}/${index.action}/${share.sender(index.place ?? '')}`
}

/** Throws `quota` where the sender has used up its share of this action. */
export const checkQuota = async (
  documents: Documents,
  kind: Kind,
  index: Index,
  bytes: number
): Promise<void> => {
  const share = SHARES[kind]
  if (share === undefined) return
  const kept = await documents.about(index.action!, kind, { place: share.sender(index.place ?? '') })
  const total = kept.reduce((sum, found) => sum + found.bytes, bytes)
  if (kept.length < share.most && total <= share.bytes) return
  throw new GumshoeError(
    'quota',
    `There are ${kept.length} documents of kind ${kind} by this sender about the action already.`
  )
}
