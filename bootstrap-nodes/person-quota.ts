import { type Clock, parseTime } from '../src/clock.ts'
import type { Action } from '../src/documents/action.ts'
import { type Attachment, attachmentsOf } from '../src/documents/attachment.ts'
import type { Policy } from '../src/documents/charter.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { DAY_MS, WINDOW_MS } from '../src/trust/person-rates.ts'
import type { Attachments } from './attachments.ts'

/** An action as it counts: by everybody who signed it. */
export interface Counted {
  readonly id: string
  readonly persons: readonly string[]
  readonly bytes: number
  readonly attachments: readonly Attachment[]
  /** Its end in ms. */
  readonly expires: number
}

/** An action as it is kept, with who signed it. */
export const countedOf = (
  kept: { readonly id: string; readonly action: Action; readonly envelope: Uint8Array },
  persons: readonly string[]
): Counted => ({
  id: kept.id,
  persons,
  bytes: kept.envelope.length,
  attachments: attachmentsOf(kept.action),
  expires: parseTime(kept.action.expires)
})

/** What one person may have a node take: `perWindow` in ten minutes, `perDay` with `bytesPerDay`, and so much that is open. */
export interface Allowance {
  readonly perWindow: number
  readonly perDay: number
  readonly bytesPerDay: number
  readonly open: number
  readonly openBytes: number
}

/** All of it follows from the policy's rate, so that a mesh that asks more is given more. */
export const allowanceOf = ({ personActionsPer10Min }: Pick<Policy, 'personActionsPer10Min'>): Allowance => {
  const perDay = personActionsPer10Min * LIMITS.personWindowsPerDay
  const bytesPerDay = Math.max(perDay * LIMITS.personActionMeanBytes, LIMITS.actionBytes)
  return {
    perWindow: personActionsPer10Min,
    perDay,
    bytesPerDay,
    open: perDay * LIMITS.personOpenDays,
    openBytes: bytesPerDay * LIMITS.personOpenDays
  }
}

/**
 * What each person has asked by way of this node, so that one key fills no disk (threats.md, T5). It judges what consoles,
 * hosts and gossip bring. What another node took is only counted, whatever it comes to: nodes that judged by different
 * counts would keep different questions, and answers to some of them would find no second node.
 */
export class PersonQuota {
  readonly #clock: Clock
  readonly #chain: CharterChain
  readonly #attachments: Attachments
  readonly #taken = new Map<string, { readonly at: number; readonly bytes: number }[]>()
  readonly #open = new Map<string, Map<string, { readonly bytes: number; readonly until: number }>>()

  constructor(clock: Clock, chain: CharterChain, attachments: Attachments) {
    this.#clock = clock
    this.#chain = chain
    this.#attachments = attachments
  }

  /** Counts one more. Throws `rate` or `quota`, with nothing counted, where it is one too many of a person. */
  take(action: Counted): void {
    for (const person of action.persons) this.#check(person, action.bytes)
    this.#attachments.check(action.persons, action.attachments)
    const at = this.#clock.monotonic()
    for (const person of action.persons) this.#recent(person).push({ at, bytes: action.bytes })
    this.keep(action)
  }

  /** Counts among what is open, and judges nothing: found in the store, or taken by another node. */
  keep({ id, persons, bytes, attachments, expires }: Counted): void {
    const until = expires + LIMITS.clockSkewMs
    if (this.#clock.now() > until) return
    this.#attachments.name({ id, persons, attachments, until })
    for (const person of persons) {
      const open = this.#open.get(person) ?? new Map()
      this.#open.set(person, open.set(id, { bytes, until }))
    }
  }

  /** It could not be kept after all. */
  forget(id: string): void {
    this.#attachments.forget(id)
    for (const open of this.#open.values()) open.delete(id)
  }

  #check(person: string, bytes: number): void {
    const allowed = allowanceOf(this.#chain.current.charter.policy)
    const recent = this.#recent(person)
    const since = this.#clock.monotonic() - WINDOW_MS
    const inWindow = recent.filter(({ at }) => at > since).length
    if (inWindow >= allowed.perWindow)
      throw new GumshoeError('rate', `${person} has asked ${inWindow} times within ten minutes.`)
    if (recent.length >= allowed.perDay || sum(recent) + bytes > allowed.bytesPerDay)
      throw new GumshoeError('rate', `${person} has asked ${recent.length} times within a day.`)
    const open = this.#stillOpen(person)
    if (open.length >= allowed.open || sum(open) + bytes > allowed.openBytes)
      throw new GumshoeError('quota', `${open.length} actions of ${person} are open; wait until some end.`)
  }

  #recent(person: string): { at: number; bytes: number }[] {
    const since = this.#clock.monotonic() - DAY_MS
    const recent = (this.#taken.get(person) ?? []).filter(({ at }) => at > since)
    this.#taken.set(person, recent)
    return recent
  }

  #stillOpen(person: string): { bytes: number }[] {
    const open = this.#open.get(person) ?? new Map()
    const now = this.#clock.now()
    for (const [id, { until }] of open) if (now > until) open.delete(id)
    return [...open.values()]
  }
}

const sum = (counted: readonly { readonly bytes: number }[]): number =>
  counted.reduce((total, { bytes }) => total + bytes, 0)
