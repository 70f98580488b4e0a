import type { Action } from '../src/documents/action.ts'
import type { Charter } from '../src/documents/charter.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { type Kind, read } from '../src/documents/read.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import { isStanding } from '../src/modules/standing.ts'
import type { Documents, Found } from '../src/store/documents.ts'
import type { Index } from '../src/store/kept.ts'
import { signerNames } from '../src/trust/signers.ts'

/** What one sender may have kept about one action, so that none can crowd out another (design 7). */
interface Share {
  /** How much of the place names the sender. */
  readonly sender: (place: string) => string
  readonly most: number
  readonly bytes: number
}

/** A person, and the charter by which signatures are told apart. */
export interface PersonIn {
  readonly name: string
  readonly charter: Charter
}

const KEYWRAP = 'gumshoe/keywrap/1'
const CANCEL = 'gumshoe/cancel/1'
const agentOf = (place: string): string => place.slice(0, place.indexOf('/') + 1)

const ANSWERS: Share = {
  sender: agentOf,
  most: LIMITS.answersPerAgentAction,
  bytes: LIMITS.answerBytesPerAgentAction
}

/** Of an action that stands: its parts come for as long as its window is open (ADR 18). */
const STANDING_ANSWERS: Share = {
  sender: agentOf,
  most: LIMITS.standingAnswersPerAgentAction,
  bytes: LIMITS.standingAnswerBytesPerAgentAction
}

const SHARES: Partial<Record<Kind, Share>> = {
  'gumshoe/answer/1': ANSWERS,
  'gumshoe/dropped/1': ANSWERS,
  [KEYWRAP]: {
    sender: reader => reader,
    most: LIMITS.keywrapsPerReader,
    bytes: LIMITS.keywrapsPerReader * 2 * LIMITS.smallBytes
  },
  [CANCEL]: {
    sender: () => '',
    most: LIMITS.cancelsPerAction,
    bytes: LIMITS.cancelsPerAction * 4 * LIMITS.smallBytes
  }
}

/** Whether it counts as an answer, which some actions may have more of. */
export const isAnswer = (kind: Kind): boolean => SHARES[kind] === ANSWERS

/** The name of the share that a document counts for; documents of one name are judged one after the other. */
export const shareOf = (kind: Kind, index: Index): string | undefined => {
  const share = SHARES[kind]
  return share && `${kind}/${index.action}/${share.sender(index.place ?? '')}`
}

/** Throws `quota` where the sender has used up its share of this action; of cancels and keywraps, where this person has. */
export const checkQuota = async (
  documents: Documents,
  kind: Kind,
  index: Index,
  bytes: number,
  { person, about }: { readonly person?: PersonIn | undefined; readonly about?: Action | undefined } = {}
): Promise<void> => {
  const stands = about?.operations.some(({ module }) => isStanding(module))
  const share = stands && isAnswer(kind) ? STANDING_ANSWERS : SHARES[kind]
  if (share === undefined) return
  const found = await documents.about(index.action!, kind, { place: share.sender(index.place ?? '') })
  const kept = person && (kind === KEYWRAP || kind === CANCEL) ? await putBy(person, found, documents) : found
  const total = kept.reduce((sum, found) => sum + found.bytes, bytes)
  if (kept.length < share.most && total <= share.bytes) return
  throw new GumshoeError(
    'quota',
    `There are ${kept.length} documents of kind ${kind} by this sender about the action already.`
  )
}

/**
 * Those that this person put: or false ones of one reader would keep another one's true keywrap out, and cancels by a key
 * that is revoked then the one that holds (threats.md, T14). Both have one signature of a person, which verified.
 */
const putBy = async (
  { name, charter }: PersonIn,
  found: readonly Found[],
  documents: Documents
): Promise<Found[]> => {
  const isBy = async ({ id }: Found): Promise<boolean> => {
    const kept = await documents.get(id)
    if (kept === undefined) return false
    const own = decodeEnvelope(kept.parcel.envelope)
    const signed = kept.kind === KEYWRAP ? decodeEnvelope(read(own.bytes, KEYWRAP).voucher) : own
    return (await signerNames(signed, charter)).includes(name)
  }
  const mine = await Promise.all(found.map(isBy))
  return found.filter((_, i) => mine[i])
}
