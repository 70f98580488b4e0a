import { type Clock, parseTime } from '../src/clock.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../src/documents/envelope.ts'
import { type Kind, kindOf, read } from '../src/documents/read.ts'
import { write } from '../src/documents/write.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Caller, Parcel } from '../src/mesh/sync/ports.ts'
import type { Documents, Index } from '../src/store/documents.ts'
import type { Watermark } from '../src/store/watermark.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { forwardable } from '../src/trust/gate.ts'
import type { Identity } from '../src/trust/identity.ts'
import type { Seen } from '../src/trust/seen.ts'
import { mergeSignatures } from '../src/trust/signers.ts'
import { verifyGrant } from '../src/trust/verify-grant.ts'
import { verifyBody, verifyDropped, verifyHeader, verifyPresence } from '../src/trust/verify-machine.ts'
import { verifyCancel, verifyKeywrap } from '../src/trust/verify-person.ts'
import type { Enrolments } from './enrolments.ts'
import type { OpenActions } from './open-actions.ts'

export interface KeeperComponents {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly documents: Documents
  readonly open: OpenActions
  readonly enrolments: Enrolments
  readonly watermark: Watermark
  readonly identity: Identity
  readonly seen: Seen
  /** A newer charter was taken. */
  charterTaken(envelope: Uint8Array): Promise<void>
  /** An action or a cancel is new here: the mesh is to hear of it. */
  announce(kind: 'gumshoe/action/1' | 'gumshoe/cancel/1', envelope: Uint8Array): void
  /** Where an agent listens, by its newest presence. */
  listens(peer: string, addresses: readonly string[]): void
}

/** Which roles may put which kinds; nodes may put everything, since they replicate. */
const MAY_PUT: Partial<Record<Kind, readonly Caller['role'][]>> = {
  'gumshoe/action/1': ['console', 'node'],
  'gumshoe/cancel/1': ['console', 'node'],
  'gumshoe/keywrap/1': ['console', 'node'],
  'gumshoe/charter/1': ['console', 'node', 'agent'],
  'gumshoe/answer/1': ['agent', 'node'],
  'gumshoe/dropped/1': ['agent', 'node'],
  'gumshoe/presence/1': ['agent', 'node'],
  'gumshoe/grant/1': ['node'],
  'gumshoe/membership/1': ['node']
}

const padded = (seq: number): string => String(seq).padStart(16, '0')

/**
 * What a bootstrap node keeps: each document is verified by its kind before it is written, and acknowledged by a signed
 * receipt after a synced write. It reads no answer: bodies are checked against their header and kept as they came.
 */
export class Keeper {
  readonly #components: KeeperComponents

  constructor(components: KeeperComponents) {
    this.#components = components
  }

  /** Verifies, keeps, signs a receipt. Throws GumshoeError with the code that the sender is told. */
  async put(role: Caller['role'], parcel: Parcel): Promise<Uint8Array> {
    const { bytes } = decodeEnvelope(parcel.envelope)
    const kind = kindOf(bytes)
    if (!MAY_PUT[kind]?.includes(role))
      throw new GumshoeError('policy', `A peer of role ${role} may not put a ${kind}.`)
    const id = documentId(bytes)
    if (kind === 'gumshoe/charter/1') await this.#charter(parcel.envelope)
    else if (kind === 'gumshoe/action/1') await this.#action(id, parcel.envelope)
    else if (!(await this.#components.documents.has(id))) {
      this.#components.watermark.check()
      await this.#keep(kind, id, parcel)
    }
    return this.#receipt(id)
  }

  #receipt(id: string): Uint8Array {
    const { identity, chain, clock } = this.#components
    const bytes = write({
      kind: 'gumshoe/receipt/1',
      mesh: chain.mesh,
      id,
      node: identity.peer,
      time: clock.now()
    })
    return encodeEnvelope({ bytes, signatures: [identity.sign('gumshoe/receipt/1', bytes)] })
  }

  async #charter(envelope: Uint8Array): Promise<void> {
    const { chain, clock, charterTaken } = this.#components
    if ((await chain.accept(envelope, clock.now())) === 'taken') await charterTaken(envelope)
  }

  async #action(id: string, envelope: Uint8Array): Promise<void> {
    const { documents, chain, clock, announce } = this.#components
    const kept = await documents.get(id)
    if (kept !== undefined) {
      const now = clock.now()
      const merged = await mergeSignatures(
        decodeEnvelope(kept.parcel.envelope),
        decodeEnvelope(envelope),
        chain.current.charter,
        now
      )
      if (merged === undefined) return
      const raw = encodeEnvelope(merged)
      await documents.replace({ ...kept, parcel: { envelope: raw } }, id)
      announce('gumshoe/action/1', raw)
      return
    }
    this.#components.watermark.check()
    const { seen } = this.#components
    const verdict = await forwardable(envelope, { now: clock.now(), chain, seen })
    // Gossip brought it a moment ago: it is being kept right now.
    if (verdict.kind === 'ignore' && verdict.code === 'known') return await this.#untilKept(id)
    if (verdict.kind !== 'accept')
      throw new GumshoeError(verdict.code, `The action is refused: ${verdict.code}.`)
    try {
      await this.keepVerified(id, envelope)
    } catch (error) {
      seen.forget(id)
      throw error
    }
    announce('gumshoe/action/1', envelope)
  }

  /** Waits for the copy that verified; this one was not looked at, so it may not be kept in its place. */
  async #untilKept(id: string): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      if (await this.#components.documents.has(id)) return
      await this.#components.clock.sleep(50)
    }
    throw new GumshoeError('not-found', 'The action was not kept; put it again.')
  }

  /** Keeps an action that was verified already (by gossip's judge). */
  async keepVerified(id: string, envelope: Uint8Array): Promise<void> {
    const { documents, open, chain } = this.#components
    const action = read(decodeEnvelope(envelope).bytes, 'gumshoe/action/1')
    await documents.put({ kind: 'gumshoe/action/1', id, parcel: { envelope } }, { action: id })
    open.add(id, action, chain.current.charter.topicKeys)
  }

  async #keep(kind: Kind, id: string, parcel: Parcel): Promise<void> {
    const { documents } = this.#components
    const index = await this.#verify(kind, parcel)
    await documents.put({ kind, id, parcel }, index)
    await this.#kept(kind, parcel)
  }

  async #verify(kind: Kind, parcel: Parcel): Promise<Index> {
    const { chain, clock, enrolments } = this.#components
    const { envelope } = parcel
    if (kind !== 'gumshoe/answer/1' && parcel.body !== undefined)
      throw new GumshoeError('malformed', 'Only answers have a body.')
    switch (kind) {
      case 'gumshoe/answer/1':
        return this.#answer(parcel)
      case 'gumshoe/dropped/1': {
        const { document } = verifyDropped(envelope, chain.mesh)
        await enrolments.requireMember(document.agent)
        return {
          action: document.action,
          place: `${document.agent}/`,
          also: [{ subject: `chain:${document.agent}`, place: padded(document.seq) }]
        }
      }
      case 'gumshoe/presence/1': {
        const { document } = verifyPresence(envelope, chain.mesh)
        await enrolments.requireMember(document.peer)
        return { latest: { name: `presence/${document.peer}`, counter: document.counter } }
      }
      case 'gumshoe/cancel/1':
        return { action: (await verifyCancel(envelope, chain, clock.now())).document.action }
      case 'gumshoe/keywrap/1': {
        const { document } = await verifyKeywrap(envelope, chain, clock.now())
        await this.#requireAction(document.action)
        return { action: document.action, place: document.reader }
      }
      case 'gumshoe/grant/1':
        await verifyGrant(envelope, chain, clock.now())
        return {}
      case 'gumshoe/membership/1':
        return enrolments.verifyReplicated(envelope)
      default:
        throw new GumshoeError('unknown-kind', `A ${kind} is not kept.`)
    }
  }

  async #answer(parcel: Parcel): Promise<Index> {
    const { chain, documents, enrolments } = this.#components
    if (parcel.body === undefined) throw new GumshoeError('malformed', 'An answer has a body.')
    const { document } = verifyHeader(parcel.envelope, chain.mesh)
    verifyBody(document, parcel.body)
    await enrolments.requireMember(document.agent)
    await this.#requireAction(document.action)
    const kept = await documents.about(document.action, 'gumshoe/answer/1', `${document.agent}/`)
    if (kept.length >= LIMITS.answersPerAgentAction)
      throw new GumshoeError('quota', `${document.agent} has answered this action ${kept.length} times.`)
    return {
      action: document.action,
      place: `${document.agent}/${document.op}/${padded(document.part)}`,
      also: [{ subject: `chain:${document.agent}`, place: `${padded(document.seq)}/${document.action}` }]
    }
  }

  async #requireAction(action: string): Promise<void> {
    if (!(await this.#components.documents.has(action)))
      throw new GumshoeError('not-found', 'The action is not known here yet.')
  }

  /** What else follows from a document that was kept. */
  async #kept(kind: Kind, { envelope }: Parcel): Promise<void> {
    const { open, announce, listens } = this.#components
    if (kind === 'gumshoe/cancel/1') {
      const { action, issued } = read(decodeEnvelope(envelope).bytes, kind)
      open.cancel(action, envelope, parseTime(issued))
      announce(kind, envelope)
    }
    if (kind === 'gumshoe/presence/1') {
      const { peer, addresses } = read(decodeEnvelope(envelope).bytes, kind)
      listens(peer, addresses)
    }
  }
}
