import type { Action } from '../../src/documents/action.ts'
import type { AnswerHeader } from '../../src/documents/answer.ts'
import { type AnswerBody, decodeBody, joinBodies } from '../../src/documents/body.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { codeOf, GumshoeError } from '../../src/errors.ts'
import type { Parcel } from '../../src/mesh/sync/ports.ts'
import { openAnswer } from '../../src/trust/seal.ts'
import { verifyBody, verifyHeader } from '../../src/trust/verify-machine.ts'

/** How one host ended with one operation. */
export interface HostAnswer {
  readonly peer: string
  readonly op: string
  readonly body: AnswerBody
  readonly time: number
}

/** An answer that can't be believed, with the reason; it is told, never counted. */
export interface Discarded {
  readonly agent: string
  readonly code: string
}

interface Part {
  readonly header: AnswerHeader
  readonly body: AnswerBody
}

/** Parts and rows that one host may add: what is beyond is no answer but a flood (threats.md, T3). */
const PARTS_MAX = 64

/** Collects the answers to one action: verifies each header, opens its body, joins the parts. Identity is the key that signed, never a field. */
export class CaseFile {
  readonly #mesh: string
  readonly #action: string
  readonly #key: Uint8Array
  readonly #isMember: (peer: string) => boolean
  readonly #parts = new Map<string, Map<number, Part>>()
  readonly discarded: Discarded[] = []

  constructor(mesh: string, action: string, key: Uint8Array, isMember: (peer: string) => boolean) {
    this.#mesh = mesh
    this.#action = action
    this.#key = key
    this.#isMember = isMember
  }

  /** Takes one answer as it came; returns its host where it was believed. */
  take({ envelope, body }: Parcel): string | undefined {
    let agent = 'unknown'
    try {
      const { document: header } = verifyHeader(envelope, this.#mesh)
      agent = header.agent
      if (header.action !== this.#action)
        throw new GumshoeError('bad-signature', 'The answer is to another action.')
      if (!this.#isMember(agent)) throw new GumshoeError('not-a-member', `${agent} is no member in force.`)
      if (body === undefined) throw new GumshoeError('malformed', 'The answer has no body.')
      verifyBody(header, body)
      const name = `${agent} ${header.op}`
      const parts = this.#parts.get(name) ?? new Map<number, Part>()
      // The first answer stands: a second one to the same place can only be a second run, and is told.
      const before = parts.get(header.part)
      if (before && before.header.seq !== header.seq)
        throw new GumshoeError('known', 'The host has answered this twice.')
      if (parts.size >= PARTS_MAX) throw new GumshoeError('too-large', 'The host answers in too many parts.')
      parts.set(header.part, { header, body: decodeBody(openAnswer(this.#key, header, body)) })
      this.#parts.set(name, parts)
      return agent
    } catch (error) {
      this.discarded.push({ agent, code: codeOf(error) })
      return undefined
    }
  }

  /** Operations that hosts have answered to the end. */
  answers(): HostAnswer[] {
    return [...this.#parts.entries()].flatMap(([name, parts]) => {
      const last = [...parts.values()].find(({ header }) => header.last)
      if (last === undefined || parts.size !== last.header.part + 1) return []
      const ordered = Array.from({ length: parts.size }, (_, i) => parts.get(i)!)
      const [peer, op] = name.split(' ') as [string, string]
      return [{ peer, op, body: joinBodies(ordered.map(({ body }) => body)), time: last.header.time }]
    })
  }
}

/** The action inside an envelope that was verified by whoever kept it. */
export const actionOf = (envelope: Uint8Array): Action =>
  read(decodeEnvelope(envelope).bytes, 'gumshoe/action/1')
