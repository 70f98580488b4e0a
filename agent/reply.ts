import type { Clock } from '../src/clock.ts'
import { fromBase64 } from '../src/codec.ts'
import type { Action } from '../src/documents/action.ts'
import { type AnswerBody, encodeBodies } from '../src/documents/body.ts'
import { documentId, encodeEnvelope } from '../src/documents/envelope.ts'
import { write } from '../src/documents/write.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import type { Opening } from '../src/trust/commit.ts'
import type { Identity } from '../src/trust/identity.ts'
import { sealAnswer } from '../src/trust/seal.ts'
import type { Memory, OutRecord } from './memory.ts'
import type { Records } from './records.ts'

export interface ReplyComponents {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly identity: Identity
  readonly memory: Memory
  readonly records: Records
  /** There is something new to deliver. */
  deliver(): void
}

/** Turns what came of an operation into sealed parts with signed headers that continue this agent's chain; one at a time. */
export class Replies {
  readonly #components: ReplyComponents
  #turn: Promise<unknown> = Promise.resolve()

  constructor(components: ReplyComponents) {
    this.#components = components
  }

  /** Resolves when the answer is on the disk, synced; it leaves on its own from there. */
  send(
    id: string,
    action: Action,
    op: string,
    body: AnswerBody,
    openings: readonly Opening[] = []
  ): Promise<void> {
    const turn = this.#turn.then(() => this.#send(id, action, op, body, openings))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #send(
    id: string,
    action: Action,
    op: string,
    body: AnswerBody,
    openings: readonly Opening[]
  ): Promise<void> {
    const { clock, chain, identity, memory, records, deliver } = this.#components
    const bodies = encodeBodies(body)
    const parts: OutRecord[] = []
    let { seq, id: prev } = memory.head ?? { seq: 0, id: undefined }
    for (const [part, plaintext] of bodies.entries()) {
      seq++
      const place = { mesh: chain.mesh, action: id, op, agent: identity.peer, seq, part }
      const sealed = sealAnswer(fromBase64(action.sealTo), place, plaintext)
      const bytes = write({
        kind: 'gumshoe/answer/1',
        ...place,
        ...(prev !== undefined && { prev }),
        time: clock.now(),
        last: part === bodies.length - 1,
        charter: chain.current.charter.version,
        digest: sealed.digest,
        length: sealed.length,
        commit: sealed.commit
      })
      prev = documentId(bytes)
      const envelope = encodeEnvelope({ bytes, signatures: [identity.sign('gumshoe/answer/1', bytes)] })
      parts.push({ id: prev, action: id, seq, parcel: { envelope, body: sealed.body }, receipts: [] })
    }
    await memory.answer(id, op, body.verdict === 'yes', parts, openings)
    records.add({
      what: 'answered',
      action: id,
      op,
      state: body.state,
      rows: body.rows.length,
      bytes: parts.reduce((sum, { parcel }) => sum + (parcel.body?.length ?? 0), 0),
      id: parts.at(-1)!.id,
      ...(body.verdict && { verdict: body.verdict }),
      ...(body.code && { code: body.code })
    })
    deliver()
  }
}
