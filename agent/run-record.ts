import { encodeCbor } from '../src/codec.ts'
import type { Operation } from '../src/documents/action.ts'
import type { AnswerBody } from '../src/documents/body.ts'
import type { Write } from '../src/store/database.ts'
import type { Opening } from '../src/trust/commit.ts'
import type { Decision } from '../src/trust/gate-context.ts'
import type { Out } from './outgoing.ts'

/** What is remembered of an action: what was decided, how its operations ended. */
export interface RunRecord {
  readonly decision: Decision
  readonly expires: number
  /**
   * As received: so that an interrupted run can be answered after a restart, and a node that lacks the action given it.
   * Empty when neither is wanted any more: whoever may ask must not fill the disk with what was asked.
   */
  readonly envelope: Uint8Array
  /** Nothing of it has begun: it waits for what it names. Gone, with sync, before anything runs. */
  readonly waits?: true
  /** Who signed, and what was asked in short; a store of before has neither. */
  readonly persons?: readonly string[]
  readonly asked?: readonly Operation[]
  /** By operation: did it find something? Present once it was answered. */
  readonly ended: Readonly<Record<string, boolean>>
  /** Operations that ended without a find and did not see everything: nobody can say that there is none. */
  readonly unsure?: readonly string[]
  /** By standing operation: what it has told so far. */
  readonly standing?: Readonly<Record<string, Told>>
  /** Decided or answered in a life of this host that it has forgotten; it is neither run nor answered again. */
  readonly elsewhere?: true
}

/** What a standing operation has told so far. */
export interface Told {
  readonly parts: number
  readonly rows: number
  /** Sealed, as they leave the host. */
  readonly bytes: number
}

/** A "no" means no: an end that saw less is no ground to leave another operation out without a word (ADR 19). */
export const endOf = ({ state, verdict, code }: AnswerBody): boolean | undefined => {
  if (verdict === 'yes') return true
  if (state !== 'done') return undefined
  return verdict === 'no' || code === 'not-met' ? false : undefined
}

export interface Head {
  readonly seq: number
  readonly id: string
}

/** What of an operation is to be kept together: its answer, its end, what can be revealed of it. */
export interface AnswerRecord {
  readonly action: string
  readonly op: string
  /** Undefined where nobody can say. */
  readonly found: boolean | undefined
  readonly parts: readonly Out[]
  readonly openings: readonly Opening[]
  /** Until when the openings are kept. */
  readonly until: number
}

/** One part of a standing operation that goes on, with all that is true together with it. */
export interface PartRecord {
  readonly action: string
  readonly op: string
  readonly out: Out
  readonly told: Told
  readonly openings: readonly Opening[]
  readonly until: number
}

/** When the expiry is not known, the record stays. */
export const NEVER = Number.MAX_SAFE_INTEGER

/** Of what this host has forgotten. */
export const forgotten = (expires: number): RunRecord => ({
  decision: 'run',
  expires,
  envelope: new Uint8Array(),
  ended: {},
  elsewhere: true
})

/** The shelf of what an agent knows of itself. */
export const STATE = 'state'
/** Each by itself, so that writes of one never carry an older value of another. */
export const stateWrite = (key: 'head' | 'floor' | 'counter', value: Head | number): Write => ({
  shelf: STATE,
  key,
  value: encodeCbor(value)
})
