import { parseTime } from '../clock.ts'
import { fromBase64 } from '../codec.ts'
import type { Charter, Person } from '../documents/charter.ts'
import { decodeEnvelope, documentId, type Envelope } from '../documents/envelope.ts'
import { read } from '../documents/read.ts'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { checkCharterRules, hasRole } from './charter-rules.ts'
import { verifyDetached } from './pgp.ts'
import { isRevoked, signersOf, type Verify } from './signers.ts'

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
  readonly #versions: HeldCharter[]
  readonly #verify: Verify

  private constructor(first: HeldCharter, verify: Verify) {
    this.#versions = [first]
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
    const held = parse(first)
    const { charter } = held
    if (charter.version !== 1 || charter.mesh !== undefined || charter.previous !== undefined) {
      throw new GumshoeError(
        'charter-invalid',
        'A chain of charters begins with version 1, which names no mesh.'
      )
    }
    checkCharterRules(charter)
    await requireThreshold(decodeEnvelope(first, CHARTER_ENVELOPE), charter, now, verify, 'its own admins')
    const chain = new CharterChain(held, verify)
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
    const person = charter.persons.find(({ keys }) => keys.some(key => key.fingerprint === fingerprint))
    return person === undefined || isRevoked(charter, person, fingerprint) ? undefined : person
  }

  /** Takes the next version. Throws `charter-stale` (older, or a second successor), `charter-newer` (a gap), `charter-invalid`. */
  async accept(envelope: Uint8Array, now: number): Promise<'taken' | 'known'> {
    const next = parse(envelope)
    const { charter } = next
    const { current } = this
    const held = this.version(charter.version)
    if (held !== undefined) {
      if (held.id === next.id) return 'known'
      const why = held === current ? 'a second successor of one version' : 'older than the one held'
      throw new GumshoeError('charter-stale', `Version ${charter.version} of the charter is ${why}.`)
    }
    if (charter.mesh !== this.mesh)
      throw new GumshoeError('wrong-mesh', 'The charter belongs to another mesh.')
    if (charter.version !== current.charter.version + 1) {
      throw new GumshoeError(
        'charter-newer',
        `Version ${charter.version} of the charter follows one that is not held here.`
      )
    }
    if (charter.previous !== current.id) {
      throw new GumshoeError(
        'charter-stale',
        `Version ${charter.version} of the charter follows another version ${current.charter.version}.`
      )
    }
    checkCharterRules(charter)
    await this.#requireBoth(decodeEnvelope(envelope, CHARTER_ENVELOPE), charter, now)
    // Two offers of one version may have been verified side by side; the first to end here wins.
    if (this.current !== current) return this.accept(envelope, now)
    this.#versions.push(next)
    return 'taken'
  }

  async #requireBoth(envelope: Envelope, charter: Charter, now: number): Promise<void> {
    const { charter: previous } = this.current
    await requireThreshold(envelope, charter, now, this.#verify, 'its own admins')
    if (previous.recovery && (await this.#recovered(envelope, previous.recovery, now))) return
    await requireThreshold(envelope, previous, now, this.#verify, `the admins of version ${previous.version}`)
  }

  async #recovered(
    envelope: Envelope,
    recovery: { fingerprint: string; key: string },
    now: number
  ): Promise<boolean> {
    const keys = [{ fingerprint: recovery.fingerprint, bytes: fromBase64(recovery.key) }]
    for (const signature of envelope.signatures) {
      const verdict = await this.#verify(envelope.bytes, signature, keys, now).catch(() => undefined)
      if (verdict?.ok) return true
    }
    return false
  }
}

const parse = (raw: Uint8Array): HeldCharter => {
  const { bytes } = decodeEnvelope(raw, CHARTER_ENVELOPE)
  return { charter: read(bytes, 'gumshoe/charter/1'), id: documentId(bytes), envelope: raw }
}

const requireThreshold = async (
  envelope: Envelope,
  charter: Charter,
  now: number,
  verify: Verify,
  whose: string
): Promise<void> => {
  const { persons } = await signersOf(envelope, charter, now, verify)
  const admins = persons.filter(({ person }) => hasRole(person, 'admin')).length
  if (admins >= charter.adminThreshold) return
  throw new GumshoeError(
    'charter-invalid',
    `The charter is signed by ${admins} of ${charter.adminThreshold} needed of ${whose}.`,
    { fix: 'Have another admin sign it (gumshoe sign FILE).' }
  )
}
