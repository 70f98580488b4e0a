import { encodeJson, toBase64 } from '../../src/codec.ts'
import type { Action } from '../../src/documents/action.ts'
import { decodeEnvelope, documentId, type Envelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { parseSignature } from '../../src/trust/signature-packet.ts'
import type { TestHostInit } from '../support/host.ts'
import { at, DAY, HOUR, type TestMesh, type TestPerson } from '../support/mesh.ts'

/** Altered actions that must never run: what the property test throws at the gate. */
export interface Mutant {
  readonly raw: Uint8Array
  /** The host that it is offered to, by its place in `HOSTS`; the first one would run anything that is allowed. */
  readonly host: number
}

/** Deterministic chance (mulberry32), so that a seed brings back a failure. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** An integer from 0 to below `n`. */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % n
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}

/** The first host allows all; each of the others has one reason of its own to run nothing. */
export const HOSTS: readonly TestHostInit[] = [
  {},
  { settings: { modulesOff: ['file/1', 'memory/1', 'kill/1'] } },
  { settings: { disclosuresOff: ['match', 'hashed', 'clear'] } },
  { self: { tags: ['role=elsewhere'] } },
  { modules: new Map() },
  { floor: Number.MAX_SAFE_INTEGER }
]

/** What an action of the pool is about; the target keeps all of them from the fourth host. */
const ask = (module: string, params: Record<string, unknown> = { ask: 'a' }): Partial<Action> => ({
  operations: [{ id: 'o1', module, params }],
  target: 'role=web',
  note: 'AAAA'
})
const reveal = { action: 'b'.repeat(64), op: 'o1', module: 'memory/1', commitments: ['c'.repeat(32)] }

/** Signed truly, and allowed: they run on the first host and nowhere else. */
const ALLOWED: readonly [Partial<Action>, ...string[]][] = [
  [ask('file/1'), 'joe'],
  [ask('memory/1'), 'sonia'],
  [{ ...ask('kill/1'), ceilingPpm: 50_000 }, 'sonia', 'joe'],
  [{ ...ask('file/1'), disclosure: 'clear' }, 'julien'],
  [ask('reveal/1', reveal), 'julien', 'joe']
]

/** Signed truly, by persons who may not ask that: they run nowhere. */
const NOT_ALLOWED: readonly [Partial<Action>, ...string[]][] = [
  [{ ...ask('file/1'), disclosure: 'clear' }, 'joe'],
  [ask('memory/1'), 'joe'],
  [{ ...ask('memory/1'), disclosure: 'clear' }, 'sonia'],
  [ask('kill/1'), 'julien', 'joe'],
  [{ ...ask('kill/1'), ceilingPpm: 50_000 }, 'julien'],
  [ask('other/1'), 'julien', 'sonia'],
  [ask('file/1'), 'anna', 'bert'],
  [ask('file/1'), 'rita'],
  [{ ...ask('file/1'), disclosure: 'clear', note: undefined }, 'julien'],
  [{ ...ask('file/1'), readers: ['e'.repeat(40)] }, 'julien'],
  [ask('reveal/1', reveal), 'julien'],
  [ask('reveal/1', { ...reveal, module: 'other/1' }), 'julien', 'sonia', 'joe']
]

const decoded = (raw: Uint8Array): Envelope & { action: Action } => {
  const envelope = decodeEnvelope(raw)
  return { ...envelope, action: JSON.parse(new TextDecoder().decode(envelope.bytes)) as Action }
}

/** Makes mutants of a pool of actions that were signed once, each one another envelope. */
export class Mutants {
  readonly #chance: Chance
  readonly #trueIds = new Set<string>()
  readonly #allowed: ReturnType<typeof decoded>[] = []
  readonly #notAllowed: Envelope[] = []
  readonly #stray: Uint8Array[] = []

  private constructor(chance: Chance) {
    this.#chance = chance
  }

  static async make(mesh: TestMesh, stranger: TestPerson, chance: Chance, each: number): Promise<Mutants> {
    const mutants = new Mutants(chance)
    for (let i = 0; i < each; i++) {
      for (const [change, ...names] of ALLOWED) {
        const { raw, id } = await mesh.signAction({ ...change, nonce: mutants.#nonce() }, ...names)
        mutants.#allowed.push(decoded(raw))
        mutants.#trueIds.add(id)
      }
      for (const [change, ...names] of NOT_ALLOWED) {
        const { raw } = await mesh.signAction({ ...change, nonce: mutants.#nonce() }, ...names)
        mutants.#notAllowed.push(decodeEnvelope(raw))
      }
      mutants.#stray.push(await stranger.holder.sign(chance.bytes(32)))
    }
    return mutants
  }

  /** One more; the weights decide how far into the gate mutants come. */
  next(): Mutant {
    const place = this.#chance.below(100)
    if (place < 48) return this.#bytes()
    if (place < 54) return this.#field()
    if (place < 65) return this.#signatures()
    if (place < 76) return this.#place()
    return place < 92 ? this.#forbidden() : this.#refusing()
  }

  #nonce = (): string => toBase64(this.#chance.bytes(16))

  /** Any bytes of a true envelope changed, cut, filled, or swapped for those of another one. */
  #bytes(): Mutant {
    const base = this.#chance.of(this.#allowed)
    const raw = Buffer.from(encodeEnvelope(base))
    const from = this.#chance.below(raw.length)
    const ways = [
      () => {
        raw[from]! ^= 1 << this.#chance.below(8)
        return raw
      },
      () => Buffer.concat([raw.subarray(0, from), raw.subarray(from + 1 + this.#chance.below(30))]),
      () =>
        Buffer.concat([
          raw.subarray(0, from),
          this.#chance.bytes(1 + this.#chance.below(30)),
          raw.subarray(from)
        ]),
      () =>
        Buffer.concat([
          raw.subarray(0, from),
          Buffer.from(encodeEnvelope(this.#chance.of(this.#allowed))).subarray(from)
        ])
    ]
    const mutant = new Uint8Array(this.#chance.of(ways)())
    // What leaves the document and enough of its signatures as they were is the true action, not a mutant of it.
    return this.#isTrue(mutant) ? this.#bytes() : { raw: mutant, host: 0 }
  }

  #isTrue(raw: Uint8Array): boolean {
    try {
      return this.#trueIds.has(documentId(decodeEnvelope(raw).bytes))
    } catch {
      return false
    }
  }

  /** A true document with one member changed to another that is well formed, under its old signatures. */
  #field(): Mutant {
    const { action, signatures } = this.#chance.of(this.#allowed)
    const change: Partial<Action> = this.#chance.of<() => Partial<Action>>([
      () => ({ nonce: this.#nonce() }),
      () => ({ target: 'all' }),
      () => ({
        disclosure: this.#chance.of(
          (['match', 'hashed', 'clear'] as const).filter(d => d !== action.disclosure)
        )
      }),
      () => ({ ceilingPpm: 1 + this.#chance.below(49_000) }),
      () => ({ expires: at(HOUR - (1 + this.#chance.below(3_000)) * 1_000) }),
      () => ({ limits: { rows: this.#chance.below(1_000) } }),
      () => ({ sealTo: toBase64(this.#chance.bytes(32)) }),
      () => ({ readers: [] }),
      () => ({ operations: [{ ...action.operations[0]!, id: `p${this.#chance.below(1_000)}` }] }),
      () => ({ operations: [...action.operations, { id: 'o2', module: 'file/1', params: { ask: 'b' } }] }),
      () => ({ purpose: `It is ${this.#chance.below(1_000_000)}.` }),
      () => ({ note: toBase64(this.#chance.bytes(12)) })
    ])()
    return this.#sealed({ ...action, ...change, nonce: change.nonce ?? action.nonce }, signatures)
  }

  /** A true document whose signatures are missing, of somebody else, of something else, or garbage. */
  #signatures(): Mutant {
    const base = this.#chance.of(this.#allowed)
    const other = (): Uint8Array =>
      this.#chance.of(this.#chance.of(this.#allowed.filter(x => x !== base)).signatures)
    const [first, second] = base.signatures
    const ways: (() => Uint8Array[])[] = [
      () => [this.#chance.of(this.#stray)],
      () => [this.#chance.of(this.#stray), this.#chance.of(this.#stray), ...base.signatures],
      () => [this.#chance.bytes(1 + this.#chance.below(120))],
      () => [other(), ...base.signatures],
      () => [other()],
      () => [this.#broken(first!), ...base.signatures],
      ...(second === undefined ? [] : [() => this.#many([first!]), () => this.#many([second])])
    ]
    return { raw: encodeEnvelope({ bytes: base.bytes, signatures: this.#chance.of(ways)() }), host: 0 }
  }

  /** A true document moved to another mesh, charter or time, under its old signatures. */
  #place(): Mutant {
    const { action, signatures } = this.#chance.of(this.#allowed)
    const change = this.#chance.of<Partial<Action>>([
      { mesh: documentId(this.#chance.bytes(8)) },
      { charter: 2 + this.#chance.below(1_000) },
      { validFrom: at(HOUR), expires: at(2 * HOUR) },
      { validFrom: at(-2 * HOUR), expires: at(-HOUR) },
      { expires: at(15 * DAY) },
      { expires: action.validFrom },
      { target: `role = "w${this.#chance.below(1_000)}"` }
    ])
    return this.#sealed({ ...action, ...change, nonce: this.#nonce() }, signatures)
  }

  /** Signed truly by who may not ask that. */
  #forbidden(): Mutant {
    const { bytes, signatures } = this.#chance.of(this.#notAllowed)
    return { raw: encodeEnvelope({ bytes, signatures: this.#many(signatures) }), host: 0 }
  }

  /** Allowed by the policy, and refused by the host. */
  #refusing(): Mutant {
    const { bytes, signatures } = this.#chance.of(this.#allowed)
    const host = 1 + this.#chance.below(HOSTS.length - 1)
    return { raw: encodeEnvelope({ bytes, signatures: this.#many(signatures) }), host }
  }

  #sealed(action: Action, signatures: readonly Uint8Array[]): Mutant {
    return { raw: encodeEnvelope({ bytes: encodeJson(action), signatures }), host: 0 }
  }

  /** The same signatures, doubled and malleated into another envelope: one person stays one person. */
  #many(signatures: readonly Uint8Array[]): Uint8Array[] {
    const more = Array.from({ length: 1 + this.#chance.below(4) }, () => {
      const { head, tail } = parseSignature(this.#chance.of(signatures))
      const extra = this.#chance.bytes(8)
      const area = Uint8Array.from([0, extra.length + 2, extra.length + 1, 100, ...extra])
      const length = head.length + area.length + tail.length
      return Uint8Array.from([0xc2, 0xff, 0, 0, length >> 8, length & 255, ...head, ...area, ...tail])
    })
    return [...signatures, ...more]
  }

  /** Within the last number: the length in front of it may say some bits less and the signature still holds. */
  #broken(signature: Uint8Array): Uint8Array {
    const broken = Uint8Array.from(signature)
    broken[broken.length - 1 - this.#chance.below(30)]! ^= 1 << this.#chance.below(8)
    return broken
  }
}
