import type { Action } from '../../src/documents/action.ts'
import type { AnswerHeader } from '../../src/documents/answer.ts'
import { type AnswerBody, decodeBody, joinBodies, joinStanding } from '../../src/documents/body.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { readAction } from '../../src/documents/read.ts'
import { codeOf, GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import type { Parcel } from '../../src/mesh/sync/ports.ts'
import { isStanding } from '../../src/modules/standing.ts'
import { openAnswer } from '../../src/trust/seal.ts'
import { type Verified, verifyBody, verifyHeader, verifyHeaderSoon } from '../../src/trust/verify-machine.ts'

/** How one host ended with one operation. */
export interface HostAnswer {
  readonly peer: string
  readonly op: string
  readonly body: AnswerBody
  readonly time: number
  /** It stands: this is what it has told so far; `over` where its window has closed without a last word. */
  readonly goesOn?: true | 'over'
}

/** An answer that can't be believed, with the reason; it is told, never counted. */
export interface Discarded {
  readonly agent: string
  readonly code: string
}

interface Part {
  readonly id: string
  readonly header: AnswerHeader
  readonly body: AnswerBody
}

/** Parts that one host may add to an operation, which have no more than LIMITS.rowsMax rows together: what is beyond is no answer but a flood (threats.md, T3). */
const PARTS_MAX = 64
/** Answers held while their hosts' membership is looked for, and reasons kept to be told. */
const STRANGERS_MAX = 256
const DISCARDED_MAX = 1_024
/** Signatures that are verified at the same time. */
const AT_ONCE = 64

/** Collects the answers to one action: verifies each header, opens its body, joins the parts. Identity is the key that signed, never a field. */
export class CaseFile {
  readonly #mesh: string
  readonly #action: string
  readonly #key: Uint8Array
  #members: ReadonlySet<string>
  /** Operations that stand, by id: they may have as many parts as a node keeps, and count before their last. */
  readonly #standing: ReadonlySet<string>
  readonly #parts = new Map<string, Map<number, Part>>()
  readonly #whole = new Map<string, HostAnswer>()
  /** The same of what goes on, until another part comes. */
  readonly #soFar = new Map<string, HostAnswer>()
  /** How many operations each host has answered. */
  readonly #operations = new Map<string, number>()
  readonly #discarded: Discarded[] = []
  /** Well signed, but by nobody whose membership we know: perhaps enrolled a moment ago. */
  #strangers: { readonly agent: string; readonly parcel: Parcel }[] = []

  constructor(
    mesh: string,
    action: string,
    key: Uint8Array,
    members: ReadonlySet<string>,
    standing: ReadonlySet<string> = new Set()
  ) {
    this.#standing = standing
    this.#mesh = mesh
    this.#action = action
    this.#key = key
    this.#members = members
  }

  /** What came and is not believed. */
  get discarded(): readonly Discarded[] {
    return [...this.#discarded, ...this.#strangers.map(({ agent }) => ({ agent, code: 'not-a-member' }))]
  }

  get strangers(): readonly string[] {
    return this.#strangers.map(({ agent }) => agent)
  }

  /** Judges by these members from now on, and what strangers said again. */
  admit(members: ReadonlySet<string>): void {
    this.#members = members
    const waiting = this.#strangers
    this.#strangers = []
    for (const { parcel } of waiting) this.take(parcel)
  }

  /** Takes one answer as it came; returns its host where it was believed. */
  take(parcel: Parcel): string | undefined {
    return this.#take(parcel, () => verifyHeader(parcel.envelope, this.#mesh))
  }

  /** Takes many in their order; signatures are verified on other threads meanwhile. */
  async takeAll(parcels: readonly Parcel[]): Promise<void> {
    const verifyFrom = (from: number) =>
      Promise.allSettled(
        parcels.slice(from, from + AT_ONCE).map(({ envelope }) => verifyHeaderSoon(envelope, this.#mesh))
      )
    let next = verifyFrom(0)
    for (let from = 0; from < parcels.length; from += AT_ONCE) {
      const verified = await next
      next = verifyFrom(from + AT_ONCE)
      for (const [i, judged] of verified.entries())
        this.#take(parcels[from + i]!, () => {
          if (judged.status === 'rejected') throw judged.reason
          return judged.value
        })
    }
  }

  #take(parcel: Parcel, verify: () => Verified<AnswerHeader>): string | undefined {
    const { body } = parcel
    let agent = 'unknown'
    try {
      const { id, document: header } = verify()
      agent = header.agent
      if (header.action !== this.#action)
        throw new GumshoeError('bad-signature', 'The answer is to another action.')
      if (!this.#members.has(agent)) {
        if (this.#strangers.length < STRANGERS_MAX) this.#strangers.push({ agent, parcel })
        return undefined
      }
      if (body === undefined) throw new GumshoeError('malformed', 'The answer has no body.')
      verifyBody(header, body)
      const name = `${agent} ${header.op}`
      const known = this.#parts.get(name)
      const operations = this.#operations.get(agent) ?? 0
      if (known === undefined && operations >= LIMITS.operations)
        throw new GumshoeError('too-large', 'The host answers more operations than an action has.')
      const parts = known ?? new Map<number, Part>()
      // The first answer stands: a second one to the same place can only be a second run or a lie, and is told.
      const before = parts.get(header.part)
      if (before?.id === id) return agent
      if (before) throw new GumshoeError('known', 'The host has answered this twice.')
      const most = this.#standing.has(header.op) ? LIMITS.standingParts : PARTS_MAX
      if (parts.size >= most) throw new GumshoeError('too-large', 'The host answers in too many parts.')
      const opened = decodeBody(openAnswer(this.#key, header, body))
      const rows = [...parts.values()].reduce((sum, part) => sum + part.body.rows.length, opened.rows.length)
      if (rows > LIMITS.rowsMax) throw new GumshoeError('too-large', 'The host answers in too many rows.')
      parts.set(header.part, { id, header, body: opened })
      this.#parts.set(name, parts)
      if (known === undefined) this.#operations.set(agent, operations + 1)
      this.#soFar.delete(name)
      return agent
    } catch (error) {
      if (this.#discarded.length < DISCARDED_MAX) this.#discarded.push({ agent, code: codeOf(error) })
      return undefined
    }
  }

  /** Operations that hosts have answered to the end, and what others that stand have told so far; each is joined once, however often it is asked for. */
  answers(): HostAnswer[] {
    return [...this.#parts.keys()].flatMap(name => {
      const known = this.#whole.get(name) ?? this.#soFar.get(name)
      if (known !== undefined) return [known]
      const parts = this.#parts.get(name)!
      const stands = this.#standing.has(name.split(' ')[1]!)
      const answer = stands ? soFarOf(name, parts) : wholeOf(name, parts)
      if (answer === undefined) return []
      const joined = answer.goesOn ? this.#soFar : this.#whole
      joined.set(name, answer)
      return [answer]
    })
  }
}

const wholeOf = (name: string, parts: ReadonlyMap<number, Part>): HostAnswer | undefined => {
  const last = [...parts.values()].find(({ header }) => header.last)
  if (last === undefined || parts.size !== last.header.part + 1) return undefined
  const ordered = Array.from({ length: parts.size }, (_, i) => parts.get(i))
  if (ordered.includes(undefined)) return undefined
  const [peer, op] = name.split(' ') as [string, string]
  return { peer, op, body: joinBodies(ordered.map(part => part!.body)), time: last.header.time }
}

/** As far as the parts are here without a gap. */
const soFarOf = (name: string, parts: ReadonlyMap<number, Part>): HostAnswer | undefined => {
  const here: Part[] = []
  for (
    let part = parts.get(0);
    part !== undefined && !here.at(-1)?.header.last;
    part = parts.get(here.length)
  )
    here.push(part)
  const newest = here.at(-1)
  if (newest === undefined) return undefined
  const [peer, op] = name.split(' ') as [string, string]
  const body = joinStanding(here.map(part => part.body))
  return { peer, op, body, time: newest.header.time, ...(!newest.header.last && { goesOn: true as const }) }
}

/** Operations of an action that stand. */
export const standingIn = ({ operations }: Action): Set<string> =>
  new Set(operations.filter(({ module }) => isStanding(module)).map(({ id }) => id))

/** The action inside an envelope that was verified by whoever kept it. */
export const actionOf = (envelope: Uint8Array): Action => readAction(decodeEnvelope(envelope).bytes)
