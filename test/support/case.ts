import { CaseFile } from '../../console/answers/case-file.ts'
import type { KnownHost } from '../../console/answers/known-host.ts'
import type { OpenCase } from '../../console/answers/standing.ts'
import { type Composed, compose, type Question } from '../../console/ask/compose.ts'
import { fromBase64, utf8Bytes } from '../../src/codec.ts'
import { type AnswerBody, encodeBodies } from '../../src/documents/body.ts'
import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import type { Facts } from '../../src/documents/facts.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import type { Parcel } from '../../src/mesh/sync/ports.ts'
import { file } from '../../src/modules/file.ts'
import type { Row } from '../../src/modules/spec.ts'
import { disclose } from '../../src/trust/commit.ts'
import { sealAnswer } from '../../src/trust/seal.ts'
import { NOW, signedBy, signedByMachine, type TestAgent, type TestMesh } from './mesh.ts'

export const FACTS: Facts = {
  grammar: 1,
  os: 'linux',
  arch: 'x64',
  addresses: [],
  version: '0.1.0',
  modules: ['file/1'],
  disclosures: ['clear', 'hashed', 'match'],
  fence: 'full',
  rooted: false,
  privileged: true
}

/** A host as the console would know it. */
export const knownHost = (
  name: string,
  agent: { readonly peer: string; readonly tags: readonly string[] },
  change: Partial<KnownHost> = {}
): KnownHost => ({
  peer: agent.peer,
  name,
  tags: agent.tags,
  grant: '0'.repeat(64),
  facts: { ...FACTS, hostname: name },
  version: '0.1.0',
  charter: 1,
  time: NOW - 60_000,
  state: 'up',
  connected: true,
  addresses: [],
  doubled: false,
  ...change
})

/** MIG's question, as it would be typed. */
export const question = (
  flags: Record<string, unknown>,
  target: string,
  change: Partial<Question> = {}
): Question => ({
  operations: [{ id: 'o1', module: 'file/1', params: file.fromFlags(flags, NOW) as never }],
  target: parseTarget(target),
  disclosure: 'hashed',
  limits: {},
  note: {},
  ...change
})

/** What hosts of one action answer, signed and sealed as real ones do. */
export class TestCase {
  readonly mesh: TestMesh
  readonly composed: Composed
  readonly #places = new Map<string, { seq: number; id: string | undefined }>()

  constructor(mesh: TestMesh, asked: Question, asker = 'julien') {
    this.mesh = mesh
    this.composed = compose(asked, mesh.charter, mesh.mesh, mesh.who(asker).key.fingerprint, NOW)
  }

  get id(): string {
    return this.composed.id
  }

  /** The answer of one host in as many parts as it takes; rows are disclosed as the action asks. */
  answer(
    agent: TestAgent,
    body: Partial<AnswerBody> & { found?: readonly Row[] } = {},
    options: { op?: string; partBytes?: number; action?: string; sealTo?: string } = {}
  ): Parcel[] {
    const { found = [], ...rest } = body
    const { action } = this.composed
    const op = options.op ?? 'o1'
    const operation = action.operations.find(({ id }) => id === op)!
    const { rows } = disclose(
      action.disclosure,
      file,
      this.id,
      file.literals(operation.params as never),
      found
    )
    const whole: AnswerBody = {
      state: 'done',
      verdict: found.length > 0 ? 'yes' : 'no',
      coverage: { seen: 100, unreadable: 0, skipped: 0 },
      rows,
      ...rest
    }
    const parts = encodeBodies(whole, options.partBytes === undefined ? {} : { maxBytes: options.partBytes })
    return parts.map((plain, part) =>
      this.part(agent, plain, { ...options, op, part, last: part === parts.length - 1 })
    )
  }

  /** One part, next in the chain of its host. */
  part(
    agent: TestAgent,
    plain: Uint8Array,
    place: { op: string; part: number; last: boolean; action?: string; sealTo?: string }
  ): Parcel {
    const { identity } = agent
    const before = this.#places.get(identity.peer) ?? { seq: 0, id: undefined }
    const fields = {
      mesh: this.mesh.mesh,
      action: place.action ?? this.id,
      op: place.op,
      agent: identity.peer,
      seq: before.seq + 1,
      part: place.part
    }
    const sealed = sealAnswer(fromBase64(place.sealTo ?? this.composed.action.sealTo), fields, plain)
    const envelope = signedByMachine(
      {
        kind: 'gumshoe/answer/1',
        ...fields,
        ...(before.id !== undefined && { prev: before.id }),
        time: NOW,
        last: place.last,
        charter: 1,
        digest: sealed.digest,
        length: sealed.length,
        commit: sealed.commit
      },
      identity
    )
    this.#places.set(identity.peer, { seq: fields.seq, id: documentId(decodeEnvelope(envelope).bytes) })
    return { envelope, body: sealed.body }
  }

  file(...members: TestAgent[]): CaseFile {
    const peers = new Set(members.map(({ identity }) => identity.peer))
    return new CaseFile(this.mesh.mesh, this.id, this.composed.sealKey, peers)
  }

  /** The case as the console opens it. */
  async open(
    hosts: readonly KnownHost[],
    parcels: readonly Parcel[],
    change: Partial<OpenCase> = {}
  ): Promise<OpenCase> {
    const file = new CaseFile(
      this.mesh.mesh,
      this.id,
      this.composed.sealKey,
      new Set(hosts.map(({ peer }) => peer))
    )
    for (const parcel of parcels) file.take(parcel)
    const { action, bytes, note } = this.composed
    return {
      id: this.id,
      action,
      envelope: await signedBy(bytes, this.mesh.who('julien')),
      hosts,
      targeted: hosts.map(({ peer }) => peer),
      file,
      cancelled: undefined,
      by: ['julien'],
      dropped: [],
      ...(note && { note: note.clear }),
      ...change
    }
  }
}

/** A row of the file module. */
export const fileRow = (path: string | Uint8Array, change: Row = {}): Row => ({
  search: 's1',
  path: typeof path === 'string' ? utf8Bytes(path) : path,
  size: 48_120,
  mode: '-rw-r--r--',
  mtime: Date.parse('2026-11-19T03:12:00Z'),
  ctime: Date.parse('2026-11-19T03:12:00Z'),
  owner: 'root',
  group: 'root',
  ...change
})
