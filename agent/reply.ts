import { type Clock, parseTime } from '../src/clock.ts'
import { fromBase64 } from '../src/codec.ts'
import type { Action } from '../src/documents/action.ts'
import { type AnswerBody, encodeBodies } from '../src/documents/body.ts'
import { documentId, encodeEnvelope } from '../src/documents/envelope.ts'
import { write } from '../src/documents/write.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Write } from '../src/store/database.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import type { Opening } from '../src/trust/commit.ts'
import type { Identity } from '../src/trust/identity.ts'
import { sealAnswer } from '../src/trust/seal.ts'
import type { Ledger } from './ledger.ts'
import type { Memory } from './memory.ts'
import type { Out } from './outgoing.ts'
import { endOf, type Head, type Told } from './run-record.ts'

export interface ReplyComponents {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly identity: Identity
  readonly memory: Memory
  readonly ledger: Ledger
  /** The most that may wait, in bytes; LIMITS.outboxBytes by default. */
  readonly outboxBytes?: number
  /** There is something new to deliver. */
  deliver(): void
}

/** What one operation came to, and for which action. */
export interface Reply {
  readonly id: string
  readonly action: Action
  readonly op: string
  readonly body: AnswerBody
  readonly openings?: readonly Opening[]
}

/** Turns what came of an operation into sealed parts with signed headers that continue this agent's chain; one at a time. */
export class Replies {
  readonly #components: ReplyComponents
  #turn: Promise<unknown> = Promise.resolve()

  constructor(components: ReplyComponents) {
    this.#components = components
  }

  /** Resolves when the answer is on the disk, synced; it leaves on its own from there. An operation is answered once. */
  send(reply: Reply): Promise<void> {
    const turn = this.#turn.then(() => this.#send(reply))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /**
   * Resolves to what the operation has told with this part, once that is on the disk with what it remembers; `found` counts
   * its rows also where none may leave. Throws `cancelled` where it has ended. */
  sendPart(reply: Reply, remember: readonly Write[], found: number): Promise<Told> {
    const turn = this.#turn.then(() => this.#sendPart(reply, remember, found))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #sendPart(reply: Reply, remember: readonly Write[], found: number): Promise<Told> {
    const { id, op, body, openings = [] } = reply
    const { chain, memory, ledger, deliver } = this.#components
    if (memory.isEnded(id, op)) throw new GumshoeError('cancelled', 'The operation has ended.')
    const [out] = this.#seal(reply, { last: false, maxParts: 1 })
    const bytes = out!.parcel.body!.length
    const before = memory.told(id, op) ?? { parts: 0, rows: 0, bytes: 0 }
    const told = {
      parts: before.parts + 1,
      rows: before.rows + found,
      bytes: before.bytes + bytes
    }
    const entry = ledger.entry({
      ...{ what: 'answered', action: id, op, state: 'running', rows: body.rows.length, bytes, id: out!.id },
      ...(body.verdict && { verdict: body.verdict }),
      ...(body.code && { code: body.code })
    })
    const until = parseTime(chain.current.charter.expires)
    await memory.part({ action: id, op, out: out!, told, openings, until }, entry.write, ...remember)
    entry.done()
    deliver()
    return told
  }

  async #send(reply: Reply): Promise<void> {
    const { id, op, body, openings = [] } = reply
    const { chain, memory, ledger, deliver, outboxBytes = LIMITS.outboxBytes } = this.#components
    if (memory.isEnded(id, op)) return
    const answer = this.#seal(reply)
    const bytes = answer.reduce((sum, { parcel }) => sum + (parcel.body?.length ?? 0), 0)
    const dropped = memory.outgoing.bytes + bytes > outboxBytes
    const parts = dropped ? [this.#drop(answer[0]!)] : answer
    const until = parseTime(chain.current.charter.expires)
    const entry = ledger.entry({
      what: dropped ? 'dropped' : 'answered',
      action: id,
      op,
      state: body.state,
      rows: body.rows.length,
      bytes: dropped ? 0 : bytes,
      id: parts.at(-1)!.id,
      ...(body.verdict && { verdict: body.verdict }),
      ...(body.code && { code: body.code })
    })
    const kept = { action: id, op, found: endOf(body), parts, openings: dropped ? [] : openings, until }
    await memory.answer(kept, entry.write)
    await entry.done()
    deliver()
  }

  #seal({ id, action, op, body }: Reply, { last = true, maxParts = maxPartsOf(action) } = {}): Out[] {
    const { clock, chain, identity, memory } = this.#components
    const first = memory.told(id, op)?.parts ?? 0
    const bodies = encodeBodies(body, { maxParts: first > 0 ? 1 : maxParts })
    let head = memory.head
    return bodies.map((plaintext, i) => {
      const part = first + i
      const place = { mesh: chain.mesh, action: id, op, agent: identity.peer, seq: next(head), part }
      const sealed = sealAnswer(fromBase64(action.sealTo), place, plaintext)
      const { envelope, id: header } = this.#sign('gumshoe/answer/1', {
        kind: 'gumshoe/answer/1',
        ...place,
        ...(head && { prev: head.id }),
        time: clock.now(),
        last: last && i === bodies.length - 1,
        charter: chain.current.charter.version,
        digest: sealed.digest,
        length: sealed.length,
        commit: sealed.commit
      })
      head = { seq: place.seq, id: header }
      return { id: header, action: id, seq: place.seq, parcel: { envelope, body: sealed.body } }
    })
  }

  /** Stands in the chain where the answer would have stood, so that no gap is silent. */
  #drop({ id: dropped, action, seq }: Out): Out {
    const { clock, chain, identity, memory } = this.#components
    const { envelope, id } = this.#sign('gumshoe/dropped/1', {
      kind: 'gumshoe/dropped/1',
      mesh: chain.mesh,
      agent: identity.peer,
      seq,
      ...(memory.head && { prev: memory.head.id }),
      dropped,
      action,
      time: clock.now()
    })
    return { id, action, seq, parcel: { envelope } }
  }

  #sign<K extends 'gumshoe/answer/1' | 'gumshoe/dropped/1'>(
    kind: K,
    document: Parameters<typeof write<K>>[0]
  ): { envelope: Uint8Array; id: string } {
    const bytes = write<K>(document)
    const signatures = [this.#components.identity.sign(kind, bytes)]
    return { envelope: encodeEnvelope({ bytes, signatures }), id: documentId(bytes) }
  }
}

/** Parts of the largest size that a node keeps of one agent and action, in number and in bytes. */
const PARTS = Math.min(
  LIMITS.answersPerAgentAction,
  Math.floor(LIMITS.answerBytesPerAgentAction / LIMITS.bodyBytes)
)

/** What a node keeps of one agent and action is shared by its operations. */
const maxPartsOf = ({ operations }: Action): number => Math.max(1, Math.floor(PARTS / operations.length))

const next = (head: Head | undefined): number => (head?.seq ?? 0) + 1
