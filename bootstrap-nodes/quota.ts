import type { Action } from '../src/documents/action.ts'
import type { Charter } from '../src/documents/charter.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { type Kind, read } from '../src/documents/read.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import { isStanding } from '../src/modules/standing.ts'
import type { Documents, Found } from '../src/store/documents.ts'
import type { Index, Kept } from '../src/store/kept.ts'
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

/** Of an action that stands there may be more answers. */
const shareFor = (kind: Kind, about: Action | undefined): Share | undefined => {
  const stands = about?.operations.some(({ module }) => isStanding(module))
  return stands && isAnswer(kind) ? STANDING_ANSWERS : SHARES[kind]
}

/** What one share holds, and the generation of the index that it was counted in. */
interface Tally {
  readonly generation: number
  readonly count: number
  readonly bytes: number
}

interface Asked {
  readonly person?: PersonIn | undefined
  readonly about?: Action | undefined
}

/**
 * Who has how much kept about each action, judged before more is put. What the index says is counted once and then kept
 * here for the senders who put last; whatever is not at hand, or was counted before something was removed, is counted
 * anew. Of one share, puts come one after the other (`shareOf`).
 */
export class Quota {
  readonly #documents: Documents
  readonly #most: number
  readonly #tallies = new Map<string, Tally>()

  /** `most` shares are remembered. */
  constructor(documents: Documents, most: number = LIMITS.senderTallies) {
    this.#documents = documents
    this.#most = most
  }

  /**
   * Resolves to what puts the document. Throws `quota` where the sender has used up its share of this action; of cancels
   * and keywraps, where this person has.
   */
  async check(
    kept: Kept & { readonly kind: Kind },
    index: Index,
    asked: Asked = {}
  ): Promise<() => Promise<boolean>> {
    const name = shareOf(kept.kind, index)
    if (name === undefined) return () => this.#documents.put(kept, index)
    const share = shareFor(kept.kind, asked.about)!
    const tally = await this.#tally(name, kept.kind, index, asked)
    const bytes = tally.bytes + bytesOf(kept)
    if (tally.count >= share.most || bytes > share.bytes)
      throw new GumshoeError(
        'quota',
        `There are ${tally.count} documents of kind ${kept.kind} by this sender about the action already.`
      )
    return async () => {
      // A put that fails may be on the disk all the same: until it is done nobody knows what there is.
      this.#tallies.delete(name)
      const isNew = await this.#documents.put(kept, index)
      if (isNew && asked.person === undefined)
        this.#remember(name, { ...tally, count: tally.count + 1, bytes })
      return isNew
    }
  }

  async #tally(name: string, kind: Kind, index: Index, { person }: Asked): Promise<Tally> {
    const { generation } = this.#documents
    const held = this.#tallies.get(name)
    if (person === undefined && held?.generation === generation) return held
    const place = SHARES[kind]!.sender(index.place ?? '')
    const found = await this.#documents.about(index.action!, kind, { place })
    const kept = person === undefined ? found : await putBy(person, found, this.#documents)
    const tally = { generation, count: kept.length, bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0) }
    if (person === undefined) this.#remember(name, tally)
    return tally
  }

  /** Who put last is at the end; those at the front make room. */
  #remember(name: string, tally: Tally): void {
    this.#tallies.delete(name)
    this.#tallies.set(name, tally)
    if (this.#tallies.size <= this.#most) return
    for (const oldest of this.#tallies.keys()) {
      this.#tallies.delete(oldest)
      return
    }
  }
}

const bytesOf = ({ parcel: { envelope, body } }: Kept): number => envelope.length + (body?.length ?? 0)

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
