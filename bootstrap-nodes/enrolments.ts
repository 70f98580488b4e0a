import { type Clock, parseTime } from '../src/clock.ts'
import { sameBytes } from '../src/codec.ts'
import { decodeEnvelope, documentId } from '../src/documents/envelope.ts'
import type { Membership } from '../src/documents/grant.ts'
import { read } from '../src/documents/read.ts'
import { GumshoeError } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import type { Log } from '../src/log.ts'
import type { Documents } from '../src/store/documents.ts'
import type { CharterChain } from '../src/trust/charter-chain.ts'
import { agentCard, type Judged, judgeCardWhole, type Member } from '../src/trust/membership.ts'
import { Turns } from '../src/turns.ts'
import { indexOf } from './index-of.ts'

const MEMBERSHIP = 'gumshoe/membership/1'

/** Who enrolled: a grant is for so many hosts until its last moment, and a peer id belongs to one machine. */
export class Enrolments {
  readonly #clock: Clock
  readonly #chain: CharterChain
  readonly #documents: Documents
  readonly #log: Log
  readonly #turns = new Turns()
  /** By peer, the grants that it enrolled by: each answer asks for them, and memberships are never forgotten. */
  readonly #grants = new Map<string, readonly string[]>()

  constructor(clock: Clock, chain: CharterChain, documents: Documents, log: Log = () => undefined) {
    this.#log = log
    this.#clock = clock
    this.#chain = chain
    this.#documents = documents
  }

  /** Judges a card at the door; an agent seen for the first time is enrolled here, one after the other, so that counts hold. */
  async judge(card: Uint8Array, peer: string): Promise<Member> {
    const judged = await judgeCardWhole(card, peer, this.#chain, this.#clock.now())
    const { member, grant, membership } = judged
    if (member.role !== 'agent' || grant === undefined || membership === undefined) return member
    const id = documentId(decodeEnvelope(membership).bytes)
    if (await this.#documents.has(id)) return member
    await this.#turns.take(grant.id, () => this.#enrol(judged as Required<Judged>, id))
    return member
  }

  async #enrol({ member, grant, membership }: Required<Judged>, id: string): Promise<void> {
    if (await this.#documents.has(id)) return
    const { document } = grant
    if (this.#clock.now() > parseTime(document.notAfter) + LIMITS.clockSkewMs) {
      throw new GumshoeError('grant-expired', `The enrolment file ended at ${document.notAfter}.`)
    }
    const before = await this.#documents.about(grant.id, MEMBERSHIP)
    if (before.length >= document.hosts)
      throw new GumshoeError('grant-used-up', `The enrolment file was made for ${document.hosts} hosts.`)
    const own = (member as Member & { membership: Membership }).membership
    await this.#refuseClone(own)
    await this.#documents.put({ kind: 'gumshoe/grant/1', id: grant.id, parcel: { envelope: grant.envelope } })
    const kept = { kind: MEMBERSHIP, id, parcel: { envelope: membership } }
    await this.#documents.put(kept, indexOf(kept))
  }

  /**
   * A membership that another node enrolled. Throws what the door would, but for the grant's number: nodes that could not
   * hear each other have each counted alone, and whom one has let in, stays, and is told of (docs/adr/0013).
   */
  async verifyReplicated(envelope: Uint8Array): Promise<Membership> {
    const document = read(decodeEnvelope(envelope).bytes, MEMBERSHIP)
    const grant = await this.#documents.get(document.grant)
    if (grant === undefined)
      throw new GumshoeError('not-found', 'The grant of the membership is not known here yet.')
    await judgeCardWhole(
      agentCard(envelope, grant.parcel.envelope),
      document.peer,
      this.#chain,
      this.#clock.now()
    )
    await this.#refuseClone(document)
    const { hosts } = read(decodeEnvelope(grant.parcel.envelope).bytes, 'gumshoe/grant/1')
    const before = await this.#documents.about(document.grant, MEMBERSHIP)
    if (before.length >= hosts)
      this.#log('warn', 'grant-overfull', { grant: document.grant, hosts, enrolled: before.length + 1 })
    return document
  }

  /** Throws `not-a-member` or `revoked` for a peer that is no agent in force. */
  async requireMember(peer: string): Promise<void> {
    const { revoked } = this.#chain.current.charter
    if (revoked.peers.includes(peer)) throw new GumshoeError('revoked', `The peer ${peer} is revoked.`)
    const isFallen = (grants: readonly string[]) => grants.every(grant => revoked.grants.includes(grant))
    const known = this.#grants.get(peer)
    // It may have enrolled by another grant meanwhile.
    const grants = known === undefined || isFallen(known) ? await this.#readGrants(peer) : known
    if (grants.length === 0) throw new GumshoeError('not-a-member', `No membership of ${peer} is known here.`)
    if (isFallen(grants)) throw new GumshoeError('revoked', `The grant of ${peer} is revoked.`)
  }

  async #readGrants(peer: string): Promise<readonly string[]> {
    const found = await this.#documents.about(`peer:${peer}`, MEMBERSHIP)
    const grants = found.map(({ place }) => place)
    if (this.#grants.size >= LIMITS.seenIds) this.#grants.clear()
    if (grants.length > 0) this.#grants.set(peer, grants)
    return grants
  }

  async #refuseClone(own: Membership): Promise<void> {
    for (const { id } of await this.#documents.about(`peer:${own.peer}`, MEMBERSHIP)) {
      const kept = await this.#documents.get(id)
      const other = kept && read(decodeEnvelope(kept.parcel.envelope).bytes, MEMBERSHIP)
      if (other && !sameBytes(other.machine, own.machine))
        throw new GumshoeError('cloned', `The peer ${own.peer} is enrolled from another machine.`)
    }
  }
}
