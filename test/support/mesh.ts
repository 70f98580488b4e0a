import { randomBytes } from 'node:crypto'
import { defaultPolicy } from '../../console/admin/default-policy.ts'
import { type Clock, formatTime, systemClock } from '../../src/clock.ts'
import { toBase64 } from '../../src/codec.ts'
import type { Action, ActionKind } from '../../src/documents/action.ts'
import type { Charter, Person, Policy } from '../../src/documents/charter.ts'
import { decodeEnvelope, documentId, encodeEnvelope } from '../../src/documents/envelope.ts'
import type { Grant } from '../../src/documents/grant.ts'
import type { DocumentOf, Kind } from '../../src/documents/read.ts'
import { asSet, type Role } from '../../src/documents/vocabulary.ts'
import { write } from '../../src/documents/write.ts'
import { CharterChain } from '../../src/trust/charter-chain.ts'
import { type Identity, makeIdentity } from '../../src/trust/identity.ts'
import { fileHolder, type KeyHolder } from '../../src/trust/key-holder.ts'
import { agentCard, makeMembership } from '../../src/trust/membership.ts'
import { makeKey, type SecretKey } from '../../src/trust/pgp.ts'
import { makeReceipt } from '../../src/trust/receipt.ts'
import { makeSealKey } from '../../src/trust/seal.ts'

/** The time at which every test mesh lives: whole seconds, so that it writes and reads back the same. */
export const NOW = Date.parse('2026-11-24T12:00:00Z')
export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** `formatTime` of a distance from NOW. */
export const at = (ms: number): string => formatTime(NOW + ms)

export const testClock: Clock = { ...systemClock, now: () => NOW }

export interface TestPerson {
  readonly name: string
  readonly key: SecretKey
  readonly holder: KeyHolder
}

/** Somebody with a real v4 Ed25519 key, made the day before, that expires in ms where that is given. */
export const makePerson = async (name: string, expires?: number): Promise<TestPerson> => {
  const key = await makeKey(name, { now: NOW - DAY, ...(expires !== undefined && { expires }) })
  return { name, key, holder: await fileHolder(key.secret, undefined, testClock) }
}

/** An envelope with the bytes' OpenPGP signatures, in this order. */
export const signedBy = async (bytes: Uint8Array, ...persons: TestPerson[]): Promise<Uint8Array> =>
  encodeEnvelope({ bytes, signatures: await Promise.all(persons.map(({ holder }) => holder.sign(bytes))) })

type MachineKind = Exclude<Kind, 'gumshoe/charter/1' | 'gumshoe/grant/1' | ActionKind>

/** A document signed by one machine. */
export const signedByMachine = <K extends MachineKind>(
  document: DocumentOf<K> & { kind: K },
  identity: Identity
): Uint8Array => {
  const bytes = write<K>(document)
  return encodeEnvelope({ bytes, signatures: [identity.sign(document.kind, bytes)] })
}

type PersonInit = readonly [weight: number, ...roles: Role[]]

export interface TestMeshInit {
  /** Name → weight and roles. */
  readonly persons?: Readonly<Record<string, PersonInit>>
  /** Investigators of weight 1 with keys of their own. */
  readonly extra?: readonly TestPerson[]
  readonly policy?: Policy
  readonly lab?: boolean
  readonly adminThreshold?: number
  /** Bootstrap nodes to make, by name. */
  readonly nodes?: readonly string[]
  readonly topicKeys?: readonly string[]
  /** With a recovery key, held by `recovery`. */
  readonly recovery?: boolean
  readonly now?: number
  readonly expires?: number
}

/** Two admins who may not ask, two seniors, a junior, and somebody who may read only. */
const PERSONS: Readonly<Record<string, PersonInit>> = {
  anna: [0, 'admin'],
  bert: [0, 'admin'],
  julien: [2, 'investigator'],
  sonia: [2, 'investigator'],
  joe: [1, 'investigator'],
  rita: [0, 'reader']
}

/** One module of each risk class. */
export const TEST_POLICY: Policy = defaultPolicy([
  { name: 'file', major: 1, risk: 'inspect' },
  { name: 'memory', major: 1, risk: 'sensitive' },
  { name: 'kill', major: 1, risk: 'respond' }
])

export const charterPerson = (person: TestPerson, [weight, ...roles]: PersonInit): Person => ({
  name: person.name,
  keys: [{ fingerprint: person.key.fingerprint, key: toBase64(person.key.bytes) }],
  weight,
  roles: asSet(roles) as Role[]
})

/** An agent with all that enrolment gives it. */
export interface TestAgent {
  readonly identity: Identity
  readonly tags: readonly string[]
  readonly grantId: string
  /** Encoded envelopes. */
  readonly grant: Uint8Array
  readonly membership: Uint8Array
  readonly card: Uint8Array
}

/** A charter chain with real keys, and what its people sign. Every document that it makes verifies unless a test changes it. */
export class TestMesh {
  readonly chain: CharterChain
  readonly people: Readonly<Record<string, TestPerson>>
  readonly nodes: readonly Identity[]
  readonly recovery: TestPerson | undefined
  readonly inventory: { publicKey: Uint8Array; privateKey: Uint8Array }

  constructor(fields: Pick<TestMesh, 'chain' | 'people' | 'nodes' | 'recovery' | 'inventory'>) {
    this.chain = fields.chain
    this.people = fields.people
    this.nodes = fields.nodes
    this.recovery = fields.recovery
    this.inventory = fields.inventory
  }

  get mesh(): string {
    return this.chain.mesh
  }

  get charter(): Charter {
    return this.chain.current.charter
  }

  /** The person of this name. */
  who(name: string): TestPerson {
    const person = this.people[name]
    if (person === undefined) throw new Error(`The test mesh has no ${name}.`)
    return person
  }

  /** The next version, signed by these, or by every admin of the current one. Not taken into the chain. */
  async nextCharter(change: Partial<Charter> = {}, ...signers: TestPerson[]): Promise<Uint8Array> {
    const { charter, id } = this.chain.current
    const next = {
      ...charter,
      kind: 'gumshoe/charter/1' as const,
      mesh: this.mesh,
      version: charter.version + 1,
      previous: id,
      ...change
    }
    const admins = charter.persons.filter(person => person.roles.includes('admin'))
    return signedBy(write(next), ...(signers.length > 0 ? signers : admins.map(({ name }) => this.who(name))))
  }

  /** Takes the next version into the chain: `revoked` adds to what is revoked. */
  async advance(change: Partial<Charter> = {}): Promise<void> {
    await this.chain.accept(await this.nextCharter(change), NOW)
  }

  revoked(list: keyof Charter['revoked'], ...values: string[]): Partial<Charter> {
    const { revoked } = this.charter
    return { revoked: { ...revoked, [list]: asSet([...revoked[list], ...values]) } }
  }

  /** A question that one investigator may ask: `file/1` at `hashed`, of every host, open for an hour. */
  action(change: Partial<Action> = {}): Action {
    return {
      kind: 'gumshoe/action/1',
      mesh: this.mesh,
      charter: this.charter.version,
      target: 'all',
      validFrom: at(0),
      expires: at(HOUR),
      operations: [{ id: 'o1', module: 'file/1', params: { ask: 'a' } }],
      disclosure: 'hashed',
      ceilingPpm: 1_000_000,
      limits: {},
      readers: [this.who('julien').key.fingerprint],
      sealTo: toBase64(this.inventory.publicKey),
      nonce: toBase64(randomBytes(16)),
      ...change
    }
  }

  /** The same, signed. */
  async signAction(change: Partial<Action>, ...names: string[]): Promise<{ raw: Uint8Array; id: string }> {
    const bytes = write(this.action(change))
    return { raw: await signedBy(bytes, ...names.map(name => this.who(name))), id: documentId(bytes) }
  }

  async signCancel(action: string, ...names: string[]): Promise<Uint8Array> {
    const bytes = write({
      kind: 'gumshoe/cancel/1',
      mesh: this.mesh,
      action,
      issued: at(0),
      nonce: toBase64(randomBytes(16))
    })
    return signedBy(bytes, ...names.map(name => this.who(name)))
  }

  async signVoucher(peer: string, name: string, until = 10 * HOUR, issued = 0): Promise<Uint8Array> {
    const bytes = write({
      kind: 'gumshoe/voucher/1',
      mesh: this.mesh,
      peer,
      issued: at(issued),
      until: at(until)
    })
    return signedBy(bytes, this.who(name))
  }

  /** A grant for the enrolment key, signed by these, or by anna and bert. */
  async signGrant(enrol: Identity, change: Partial<Grant> = {}, ...names: string[]): Promise<Uint8Array> {
    const bytes = write({
      kind: 'gumshoe/grant/1',
      mesh: this.mesh,
      enrolKey: toBase64(enrol.publicKey),
      tags: ['env=prod', 'role=web'],
      leaf: false,
      issued: at(0),
      notAfter: at(DAY),
      hosts: 200,
      ...change
    })
    const signers = names.length > 0 ? names : Object.keys(this.people).filter(name => this.#isAdmin(name))
    return signedBy(bytes, ...signers.map(name => this.who(name)))
  }

  /** A host that enrolled now, with these tags. */
  async enrol(
    tags: readonly string[] = ['env=prod', 'role=web'],
    change: Partial<Grant> = {}
  ): Promise<TestAgent> {
    const [enrolment, identity] = [makeIdentity(), makeIdentity()]
    const grant = await this.signGrant(enrolment, { tags: asSet(tags), ...change })
    return this.member(identity, enrolment, grant, tags)
  }

  /** Binds an identity to a grant whose enrolment key it has. */
  member(
    identity: Identity,
    enrolment: Identity,
    grant: Uint8Array,
    tags: readonly string[],
    time = NOW
  ): TestAgent {
    const grantId = grantIdOf(grant)
    const machine = new Uint8Array(randomBytes(32))
    const fields = { mesh: this.mesh, grant: grantId, peer: identity.peer, machine, time }
    const membership = makeMembership(fields, enrolment, identity)
    const card = agentCard(membership, grant, this.receipt(membership))
    return { identity, tags, grantId, grant, membership, card }
  }

  /** A bootstrap node's receipt for a document; the first node's unless another is given. */
  receipt(envelope: Uint8Array, node = this.nodes[0]!): Uint8Array {
    return makeReceipt(node, this.mesh, documentId(decodeEnvelope(envelope).bytes), NOW)
  }

  #isAdmin(name: string): boolean {
    return this.charter.persons.some(person => person.name === name && person.roles.includes('admin'))
  }
}

const grantIdOf = (envelope: Uint8Array): string => documentId(decodeEnvelope(envelope).bytes)

/** A mesh of one charter version; see PERSONS and TEST_POLICY for who may do what. */
export const makeTestMesh = async (init: TestMeshInit = {}): Promise<TestMesh> => {
  const now = init.now ?? NOW
  const roles = init.persons ?? PERSONS
  const people = Object.fromEntries(
    await Promise.all(Object.keys(roles).map(async name => [name, await makePerson(name)] as const))
  )
  const nodes = (init.nodes ?? ['north', 'south']).map(name => ({ name, identity: makeIdentity() }))
  const recovery = init.recovery ? await makePerson('recovery') : undefined
  const inventory = makeSealKey()
  const admins = Object.keys(roles).filter(name => roles[name]!.includes('admin'))
  const charter = {
    kind: 'gumshoe/charter/1' as const,
    name: 'test',
    version: 1,
    issued: formatTime(now - HOUR),
    expires: formatTime(init.expires ?? now + 365 * DAY),
    lab: init.lab ?? false,
    persons: [
      ...Object.keys(roles).map(name => charterPerson(people[name]!, roles[name]!)),
      ...(init.extra ?? []).map(person => charterPerson(person, [1, 'investigator']))
    ],
    adminThreshold: init.adminThreshold ?? admins.length,
    ...(recovery && {
      recovery: { fingerprint: recovery.key.fingerprint, key: toBase64(recovery.key.bytes) }
    }),
    nodes: nodes.map(({ name, identity }, i) => ({
      name,
      peer: identity.peer,
      addresses: [`/ip4/127.0.0.1/tcp/${4001 + i}`]
    })),
    topicKeys: asSet(init.topicKeys ?? ['env', 'role']),
    policy: init.policy ?? TEST_POLICY,
    inventory: { key: toBase64(inventory.publicKey), wraps: [] },
    revoked: { persons: [], keys: [], grants: [], peers: [] }
  }
  const first = await signedBy(write(charter), ...admins.map(name => people[name]!))
  return new TestMesh({
    chain: await CharterChain.open([first], now),
    people,
    nodes: nodes.map(({ identity }) => identity),
    recovery,
    inventory
  })
}
