import { type Clock, parseTime } from '../src/clock.ts'
import { type Action, type ActionKind, isActionKind } from '../src/documents/action.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../src/documents/envelope.ts'
import { type DocumentOf, type Kind, kindOf, readAction } from '../src/documents/read.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Caller, Parcel } from '../src/mesh/sync/ports.ts'
import { contentChecksOf } from '../src/modules/content-checks.ts'
import type { Documents } from '../src/store/documents.ts'
import type { Watermark } from '../src/store/watermark.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { forwardable } from '../src/trust/gate.ts'
import type { Verdict } from '../src/trust/gate-context.ts'
import type { Identity } from '../src/trust/identity.ts'
import type { VerifiedAction } from '../src/trust/permit.ts'
import { DAY_MS } from '../src/trust/person-rates.ts'
import { hasRole } from '../src/trust/persons.ts'
import { makeReceipt } from '../src/trust/receipt.ts'
import type { Seen } from '../src/trust/seen.ts'
import { mergeSignatures, withOnly } from '../src/trust/signers.ts'
import { verifyGrant } from '../src/trust/verify-grant.ts'
import { verifyBody, verifyDropped, verifyHeaderSoon, verifyPresence } from '../src/trust/verify-machine.ts'
import { verifyCancel, verifyKeywrap } from '../src/trust/verify-person.ts'
import { Turns } from '../src/turns.ts'
import { EarlierChains } from './earlier-chains.ts'
import type { Enrolments } from './enrolments.ts'
import { indexOf, indexOfRead } from './index-of.ts'
import type { OpenActions } from './open-actions.ts'
import { isOver } from './over.ts'
import { countedOf, type PersonQuota } from './person-quota.ts'
import { isAnswer, Quota, shareOf } from './quota.ts'
import { SenderRates } from './sender-rates.ts'

export interface KeeperComponents {
  readonly clock: Clock
  readonly chain: CharterChain
  readonly documents: Documents
  readonly open: OpenActions
  readonly enrolments: Enrolments
  readonly persons: PersonQuota
  readonly watermark: Watermark
  readonly identity: Identity
  readonly seen: Seen
  /** A newer charter was taken. */
  charterTaken(envelope: Uint8Array): Promise<void>
  /** An action or a cancel is new here: the mesh is to hear of it. */
  announce(kind: ActionKind | 'gumshoe/cancel/1', envelope: Uint8Array): void
  /** Where an agent listens, by its newest presence. */
  listens(peer: string, addresses: readonly string[]): void
}

/** Who brings a document. Gossip names no sender; only what comes out of another node's feed was counted there. */
export type From = Caller['role'] | 'gossip'

/** Who may put which kinds; nodes may put everything, since they replicate. */
const MAY_PUT: Partial<Record<Kind, readonly From[]>> = {
  // An agent brings the question that it answered while every node was gone; its signatures are judged like any other's.
  'gumshoe/action/1': ['console', 'node', 'agent'],
  'gumshoe/action/2': ['console', 'node', 'agent'],
  'gumshoe/cancel/1': ['console', 'node', 'gossip'],
  'gumshoe/keywrap/1': ['console', 'node'],
  'gumshoe/charter/1': ['console', 'node', 'agent', 'gossip'],
  'gumshoe/answer/1': ['agent', 'node'],
  'gumshoe/dropped/1': ['agent', 'node'],
  'gumshoe/presence/1': ['agent', 'node'],
  'gumshoe/grant/1': ['node'],
  // For its receipt only: the door has enrolled it.
  'gumshoe/membership/1': ['node', 'agent']
}

/**
 * What a bootstrap node keeps: each document is verified by its kind before it is written, and acknowledged by a signed
 * receipt after a synced write. It reads no answer: bodies are checked against their header and kept as they came.
 */
export class Keeper {
  readonly #components: KeeperComponents
  readonly #turns = new Turns()
  /** Actions by the envelopes that were read last: a fleet answers the same one within seconds. */
  readonly #read = new WeakMap<Uint8Array, Action>()
  readonly #earlier: EarlierChains
  readonly #rates: SenderRates
  readonly #quota: Quota

  constructor(components: KeeperComponents) {
    this.#components = components
    this.#earlier = new EarlierChains(components.chain)
    this.#rates = new SenderRates(components.clock)
    this.#quota = new Quota(components.documents)
  }

  /** Verifies, keeps, signs a receipt. Throws GumshoeError with the code that the sender is told. */
  async put(from: From, parcel: Parcel): Promise<Uint8Array> {
    const { bytes } = decodeEnvelope(parcel.envelope)
    const kind = kindOf(bytes)
    if (!MAY_PUT[kind]?.includes(from))
      throw new GumshoeError('policy', `A peer of role ${from} may not put a ${kind}.`)
    const id = documentId(bytes)
    if (kind === 'gumshoe/charter/1') await this.#charter(parcel.envelope)
    else if (isActionKind(kind)) await this.#action(from, id, parcel.envelope)
    else if (!(await this.#components.documents.has(id))) {
      if (kind === 'gumshoe/membership/1' && from === 'agent')
        throw new GumshoeError('not-a-member', 'This membership was not enrolled here.')
      this.#components.watermark.check()
      await this.#keep(from, kind, id, parcel)
    }
    return this.#receipt(id)
  }

  #receipt(id: string): Uint8Array {
    const { identity, chain, clock } = this.#components
    return makeReceipt(identity, chain.mesh, id, clock.now())
  }

  async #charter(envelope: Uint8Array): Promise<void> {
    const { chain, clock, charterTaken } = this.#components
    if ((await chain.accept(envelope, clock.now())) === 'taken') await charterTaken(envelope)
  }

  async #action(from: From, id: string, envelope: Uint8Array): Promise<void> {
    if (await this.#components.documents.has(id)) return this.#addSignatures(id, envelope)
    this.#components.watermark.check()
    const verdict = await this.#judge(from, envelope)
    // Gossip brought it a moment ago: it is being kept right now.
    if (verdict.kind === 'ignore' && verdict.code === 'known') return await this.untilKept(id)
    if (verdict.kind !== 'accept')
      throw new GumshoeError(verdict.code, `The action is refused: ${verdict.code}.`)
    const kept = await this.keepVerified(from, verdict.value)
    if (this.#components.open.has(id)) this.#components.announce(verdict.value.action.kind, kept)
  }

  /** What is open is judged now; what a node has kept, or a host answered while no node was there, as it was judged then. */
  async #judge(from: From, envelope: Uint8Array): Promise<Verdict<VerifiedAction>> {
    const { clock, chain, seen } = this.#components
    const now = clock.now()
    const verdict = await forwardable(envelope, { now, chain, seen, contentChecks: contentChecksOf })
    if (from === 'console' || verdict.kind === 'accept' || verdict.code !== 'expired') return verdict
    const action = readAction(decodeEnvelope(envelope).bytes)
    const expires = parseTime(action.expires)
    if (now > expires + chain.current.charter.policy.retentionDays * DAY_MS) return verdict
    const then = await this.#earlier.at(action.charter, now)
    const earlier = await forwardable(envelope, {
      now: expires,
      chain: then,
      seen,
      contentChecks: contentChecksOf
    })
    // A host's word on when it answered is not enough for who has been revoked since.
    const revoked = earlier.action?.signers.some(({ fingerprint }) => chain.person(fingerprint) === undefined)
    if (from === 'node' || earlier.kind !== 'accept' || !revoked) return earlier
    seen.forget(earlier.action.id)
    return { kind: 'ignore', code: 'revoked' }
  }

  async #addSignatures(id: string, envelope: Uint8Array): Promise<void> {
    const { documents, chain, clock, open, announce } = this.#components
    const merged = await this.#turns.take(id, async () => {
      const kept = await documents.get(id)
      if (kept === undefined) return undefined
      const [held, offered] = [decodeEnvelope(kept.parcel.envelope), decodeEnvelope(envelope)]
      const whole = await mergeSignatures(held, offered, chain.current.charter, clock.now())
      if (whole === undefined) return undefined
      const raw = encodeEnvelope(whole)
      await documents.replace({ ...kept, parcel: { envelope: raw } }, id)
      return { kind: kept.kind as ActionKind, raw }
    })
    if (merged !== undefined && open.has(id)) announce(merged.kind, merged.raw)
  }

  /** Waits for the copy that verified; another one was not looked at, so it may not be kept in its place. */
  async untilKept(id: string): Promise<void> {
    for (let turn = 0; turn < 100; turn++) {
      if (await this.#components.documents.has(id)) return
      await this.#components.clock.sleep(20)
    }
    throw new GumshoeError('not-found', 'The action was not kept; put it again.')
  }

  /** Keeps an action with the signatures that verified, or has it judged anew when it comes again. Resolves to what is kept. Throws `rate`, `quota`, what the store throws. */
  async keepVerified(from: From, verified: VerifiedAction): Promise<Uint8Array> {
    const { documents, open, persons, seen, chain, clock } = this.#components
    const { id, action, signers } = verified
    const envelope = withOnly(verified.envelope, signers)
    const names = signers.map(({ person }) => person.name)
    const counted = countedOf({ id, action, envelope }, names)
    const kept = { kind: action.kind, id, parcel: { envelope } }
    try {
      if (from === 'node') persons.keep(counted)
      else persons.take(counted)
      await documents.put(kept, indexOf(kept))
    } catch (error) {
      persons.forget(id)
      seen.forget(id)
      throw error
    }
    if (clock.now() <= counted.expires + LIMITS.clockSkewMs)
      open.add(id, action, chain.current.charter.topicKeys)
    return envelope
  }

  /** Verifies by kind, then counts and keeps; documents that count for one share come one after the other. */
  async #keep(from: From, kind: Kind, id: string, parcel: Parcel): Promise<void> {
    const { documents, chain } = this.#components
    const { document, name } = await this.#verify(kind, parcel)
    const kept = { kind, id, parcel }
    const index = indexOfRead(id, document)
    const isNew = await this.#turns.take(shareOf(kind, index) ?? id, async () => {
      if (await documents.has(id)) return false
      // An older one is told by anybody who has kept it: it is not the host's, and counts for nothing (threats.md, T14).
      const latest = index.latest && (await documents.latest(index.latest.name))
      if (latest && latest.counter >= index.latest!.counter) return false
      const person = name === undefined ? undefined : { name, charter: chain.current.charter }
      const about = isAnswer(kind) ? await this.#requireAction(index.action!) : undefined
      const put = await this.#quota.check(kept, index, { person, about })
      // What another node took was counted there; refused here it would be kept by some nodes only.
      if (from !== 'node' && name !== undefined) this.#rates.take(kind, name)
      return put()
    })
    if (isNew) this.#follow(document, parcel.envelope)
  }

  /** Resolves to what the parcel says, with the name of whose cancel, keywrap or presence it is. */
  async #verify(kind: Kind, parcel: Parcel): Promise<{ document: DocumentOf<Kind>; name?: string }> {
    const { chain, clock, enrolments } = this.#components
    const { envelope } = parcel
    if (kind !== 'gumshoe/answer/1' && parcel.body !== undefined)
      throw new GumshoeError('malformed', 'Only answers have a body.')
    switch (kind) {
      case 'gumshoe/answer/1': {
        if (parcel.body === undefined) throw new GumshoeError('malformed', 'An answer has a body.')
        const { document } = await verifyHeaderSoon(envelope, chain.mesh)
        verifyBody(document, parcel.body)
        await enrolments.requireMember(document.agent)
        const action = await this.#requireAction(document.action)
        if (!action.operations.some(({ id }) => id === document.op))
          throw new GumshoeError('malformed', `The action has no operation ${document.op}.`)
        return { document }
      }
      case 'gumshoe/dropped/1': {
        const { document } = verifyDropped(envelope, chain.mesh)
        await enrolments.requireMember(document.agent)
        await this.#requireAction(document.action)
        return { document }
      }
      case 'gumshoe/presence/1': {
        const { document } = verifyPresence(envelope, chain.mesh)
        await enrolments.requireMember(document.peer)
        return { document, name: document.peer }
      }
      case 'gumshoe/cancel/1': {
        const { document, person } = await verifyCancel(envelope, chain, clock.now())
        if (isOver(document, clock.now()) && !(await this.#components.documents.has(document.action)))
          throw new GumshoeError('expired', 'Nothing that the cancel may concern is taken any more.')
        return { document, name: person.name }
      }
      case 'gumshoe/keywrap/1': {
        const { document, person } = await verifyKeywrap(envelope, chain, clock.now())
        const { readers } = await this.#requireAction(document.action)
        if (!readers.includes(document.reader))
          throw new GumshoeError('policy', 'The keywrap is for somebody who is no reader of the action.')
        // Who asks, or who may open it: nobody else has a key to wrap.
        if (!hasRole(person, 'investigator') && !person.keys.some(key => readers.includes(key.fingerprint)))
          throw new GumshoeError('policy', 'The keywrap is by somebody who neither asks nor reads.')
        return { document, name: person.name }
      }
      case 'gumshoe/grant/1':
        return await verifyGrant(envelope, chain, clock.now())
      case 'gumshoe/membership/1':
        return { document: await enrolments.verifyReplicated(envelope) }
      default:
        throw new GumshoeError('unknown-kind', `A ${kind} is not kept.`)
    }
  }

  /** The action that a document names. Throws `not-found` where it is not known here, or not yet. */
  async #requireAction(id: string): Promise<Action> {
    const kept = await this.#components.documents.get(id)
    if (kept === undefined || !isActionKind(kept.kind))
      throw new GumshoeError('not-found', 'The action is not known here yet.')
    const { envelope } = kept.parcel
    const action = this.#read.get(envelope) ?? readAction(decodeEnvelope(envelope).bytes)
    this.#read.set(envelope, action)
    return action
  }

  /** What else follows from a document that was kept. */
  #follow(document: DocumentOf<Kind>, envelope: Uint8Array): void {
    const { open, announce, listens } = this.#components
    if (document.kind === 'gumshoe/cancel/1') {
      open.cancel(document.action, envelope, parseTime(document.issued))
      announce(document.kind, envelope)
    }
    if (document.kind === 'gumshoe/presence/1') listens(document.peer, document.addresses)
  }
}
