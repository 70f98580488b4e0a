import { parseTime } from '../clock.ts'
import { fromBase64 } from '../codec.ts'
import type { Charter, Person } from '../documents/charter.ts'
import { decodeEnvelope, documentId, type Envelope } from '../documents/envelope.ts'
import { read } from '../documents/read.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { checkCharterRules } from './charter-rules.ts'
import { keyIndexOf } from './key-index.ts'
import { hasRole, isInForce, ownerOf } from './persons.ts'
import { verifyDetached } from './pgp.ts'
import { signersOf, type Verify } from './signers.ts'

export interface HeldCharter {
  readonly charter: Charter
  readonly id: string
  /** The encoded envelope, as received. */
  readonly envelope: Uint8Array
}

/** The envelope of a charter with room for its signatures. */
const CHARTER_ENVELOPE = LIMITS.charterBytes + LIMITS.signatures * LIMITS.signatureBytes + 64

/**
 * All versions of a mesh's charter, each verified when taken: version n+1 is signed by the thresholds of n (or its recovery
 * key) and of n+1. There is no way back and no second successor (design 3; threats.md, T4).
 */
export class CharterChain {
  readonly #versions: HeldCharter[] = []
  readonly #verify: Verify

  private constructor(verify: Verify) {
    this.#verify = verify
  }

  /** Verifies versions from the first on, in order. Throws `charter-invalid`, `charter-stale`, `malformed`. */
  static async open(
    envelopes: readonly Uint8Array[],
    now: number,
    verify: Verify = verifyDetached
  ): Promise<CharterChain> {
    const [first, ...rest] = envelopes
    if (first === undefined) throw new GumshoeError('charter-invalid', 'There is no charter.')
    const chain = new CharterChain(verify)
    await chain.#begin(parse(first), now)
    for (const envelope of rest) await chain.accept(envelope, now)
    return chain
  }

  /** The id of version 1: the name of the mesh. */
  get mesh(): string {
    return this.#versions[0]!.id
  }

  get current(): HeldCharter {
    return this.#versions.at(-1)!
  }

  version(n: number): HeldCharter | undefined {
    return this.#versions[n - 1]
  }

  /** Encoded envelopes of all versions, oldest first; of those above a version where one is given. */
  envelopes(above = 0): Uint8Array[] {
    return this.#versions.slice(above).map(held => held.envelope)
  }

  /** Newest first: for documents that outlive the version they were signed under. */
  charters(): Charter[] {
    return this.#versions.map(held => held.charter).reverse()
  }

  isExpired(now: number): boolean {
    return now > parseTime(this.current.charter.expires)
  }

  /** A person in force by one of his keys' primary fingerprints; undefined where unknown or revoked. */
  person(fingerprint: string): Person | undefined {
    const { charter } = this.current
    const person = ownerOf(charter, fingerprint)
    return person !== undefined && isInForce(charter, person, fingerprint) ? person : undefined
  }

  /**
   * Takes the next version; an expired charter accepts it too. Throws `charter-stale` (older, or a second successor of
   * one version, which is a sign of admins at odds or of stolen keys), `charter-newer` (a gap), `wrong-mesh`,
   * `not-yet-valid`, `charter-invalid`.
   */
  async accept(envelope: Uint8Array, now: number): Promise<'taken' | 'known'> {
    const next = parse(envelope)
    const { charter } = next
    const { current } = this
    const held = this.version(charter.version)
    if (held?.id === next.id) return 'known'
    if (charter.mesh !== this.mesh)
      throw new GumshoeError('wrong-mesh', 'The charter belongs to another mesh.')
    if (held !== undefined)
      throw stale(charter, held === current ? 'a second successor of one version' : 'older than the one held')
    if (charter.version !== current.charter.version + 1)
      throw new GumshoeError(
        'charter-newer',
        `Version ${charter.version} of the charter follows one that is not held here.`
      )
    if (charter.previous !== current.id)
      throw stale(charter, `the successor of another version ${current.charter.version}`)
    // Its predecessor's admins first, whose keys are known: reading a stranger's charter full of keys costs much more.
    await this.#checkPredecessor(next, current.charter)
    await checkAlone(next, parseTime(current.charter.issued), now)
    await this.#checkOwn(next)
    // Two offers of one version may have been verified side by side; the first to end here wins.
    if (this.current !== current) return this.accept(envelope, now)
    this.#versions.push(next)
    return 'taken'
  }

  async #begin(first: HeldCharter, now: number): Promise<void> {
    const { version, mesh, previous } = first.charter
    if (version !== 1 || mesh !== undefined || previous !== undefined)
      throw new GumshoeError(
        'charter-invalid',
        'A chain of charters begins with version 1, which names no mesh.'
      )
    await checkAlone(first, 0, now)
    await this.#checkOwn(first)
    this.#versions.push(first)
  }

  /** Keys are judged at the time of issue, or the chain would break on the day on which an early admin's key expires. */
  async #checkOwn({ charter, envelope }: HeldCharter): Promise<void> {
    const signed = decodeEnvelope(envelope, CHARTER_ENVELOPE)
    await this.#requireThreshold(signed, charter, parseTime(charter.issued), 'its own admins')
  }

  async #checkPredecessor({ charter, envelope }: HeldCharter, previous: Charter): Promise<void> {
    const signed = decodeEnvelope(envelope, CHARTER_ENVELOPE)
    const time = parseTime(charter.issued)
    if (await this.#isRecovery(signed, previous, time)) return
    await this.#requireThreshold(signed, previous, time, `the admins of version ${previous.version}`)
  }

  async #isRecovery(envelope: Envelope, { recovery, revoked }: Charter, time: number): Promise<boolean> {
    if (recovery === undefined || revoked.keys.includes(recovery.fingerprint)) return false
    const keys = [{ fingerprint: recovery.fingerprint, bytes: fromBase64(recovery.key) }]
    for (const signature of envelope.signatures) {
      const verdict = await this.#verify(envelope.bytes, signature, keys, time).catch(() => undefined)
      if (verdict?.ok) return true
    }
    return false
  }

  async #requireThreshold(envelope: Envelope, charter: Charter, time: number, whose: string): Promise<void> {
    const { persons } = await signersOf(envelope, charter, time, { verify: this.#verify })
    const admins = persons.filter(({ person }) => hasRole(person, 'admin')).length
    if (admins >= charter.adminThreshold) return
    throw new GumshoeError(
      'charter-invalid',
      `The charter is signed by ${admins} of ${charter.adminThreshold} needed of ${whose}.`,
      { fix: 'Have another admin sign it (gumshoe sign FILE).' }
    )
  }
}

const parse = (raw: Uint8Array): HeldCharter => {
  const { bytes } = decodeEnvelope(raw, CHARTER_ENVELOPE)
  return { charter: read(bytes, 'gumshoe/charter/1'), id: documentId(bytes), envelope: raw }
}

const stale = ({ version }: Charter, why: string): GumshoeError =>
  new GumshoeError('charter-stale', `Version ${version} of the charter is ${why}.`)

/** Everything about a version but its signatures. */
const checkAlone = async ({ charter }: HeldCharter, notBefore: number, now: number): Promise<void> => {
  const issued = parseTime(charter.issued)
  if (issued < notBefore)
    throw new GumshoeError(
      'charter-invalid',
      `Version ${charter.version} is issued before the one it follows.`
    )
  if (issued > now + LIMITS.clockSkewMs)
    throw new GumshoeError(
      'not-yet-valid',
      `Version ${charter.version} of the charter is of ${charter.issued}.`
    )
  checkCharterRules(charter)
  await keyIndexOf(charter)
}
