import fc from 'fast-check'
import { formatTime } from '../../../src/clock.ts'
import { toBase64 } from '../../../src/codec.ts'
import type { DocumentOf, Kind } from '../../../src/documents/read.ts'
import { asSet, DISCLOSURES, RISKS, ROLES } from '../../../src/documents/vocabulary.ts'
import { PEERS } from './target/arbitrary.ts'

/** Documents of every kind, well formed and with any optional member present or not. */

const plain = <T extends object>(
  model: { [K in keyof T]-?: fc.Arbitrary<T[K]> },
  optional: (keyof T)[] = []
): fc.Arbitrary<T> => {
  const requiredKeys = (Object.keys(model) as (keyof T)[]).filter(key => !optional.includes(key))
  return fc.record(model, { requiredKeys, noNullPrototype: true }) as unknown as fc.Arbitrary<T>
}

const letters = (signs: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...signs), minLength, maxLength })
const name = letters('abcxyz019._-', 1, 63)
const id = letters('0123456789abcdef', 64, 64)
const fingerprint = fc.oneof(letters('0123456789abcdef', 40, 40), id)
const peer = fc.constantFrom(...PEERS)
const count = fc.maxSafeNat()
const ms = fc.nat(8_640_000_000_000_000)
const time = fc.integer({ min: 0, max: 253_402_300_799 }).map(s => formatTime(s * 1000))
const raw = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength })
const base64 = (maxLength: number, minLength = 0) => raw(maxLength, minLength).map(toBase64)
const people = fc
  .string({ unit: fc.constantFrom('a', 'é', 'ß', '字', ' ', '’', '😀', '"', '\\', '/'), maxLength: 20 })
  .map(text => text.normalize('NFC'))
const key = plain({ fingerprint, key: base64(40, 1) })
const quorum = plain({
  weight: fc.integer({ min: 1, max: 1000 }),
  persons: fc.integer({ min: 1, max: 8 }),
  reason: fc.boolean()
})
const limits = fc.record(
  {
    wallMs: count,
    cpuMs: count,
    memoryMiB: count,
    rows: count,
    outputBytes: count,
    readBytes: count,
    entries: count
  },
  { requiredKeys: [], noNullPrototype: true }
)
const setOf = <T extends string>(item: fc.Arbitrary<T>, maxLength = 4) =>
  fc.array(item, { maxLength }).map(items => asSet(items) as T[])
const ppm = fc.integer({ min: 1, max: 1_000_000 })
const moduleName = fc
  .tuple(name, fc.integer({ min: 1, max: 9999 }))
  .map(([text, major]) => `${text}/${major}`)
const params = fc.dictionary(
  letters('abc', 1, 5),
  fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.maxSafeInteger(),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(letters('xyz', 1, 3), tie('value'), { maxKeys: 3, noNullPrototype: true })
    )
  })).value,
  { maxKeys: 4, noNullPrototype: true }
)

const kind = <K extends Kind>(text: K) => fc.constant(text)

type Operations2 = DocumentOf<'gumshoe/action/2'>['operations']

/** Every second operation depends on the first. */
const dependent = (list: Operations2): Operations2 =>
  list.map((operation, i) =>
    i % 2 === 1 ? { ...operation, condition: { when: 'found', op: list[0]!.id } } : operation
  )

export const ANY: { readonly [K in Kind]: fc.Arbitrary<DocumentOf<K>> } = {
  'gumshoe/charter/1': plain<DocumentOf<'gumshoe/charter/1'>>(
    {
      kind: kind('gumshoe/charter/1'),
      mesh: id,
      name,
      version: fc.integer({ min: 1, max: 1_000_000 }),
      previous: id,
      issued: time,
      expires: time,
      lab: fc.boolean(),
      persons: fc
        .uniqueArray(
          plain({ name, keys: fc.tuple(key), weight: fc.nat(100), roles: setOf(fc.constantFrom(...ROLES)) }),
          { selector: person => person.name, minLength: 1, maxLength: 4 }
        )
        .filter(list => new Set(list.map(person => person.keys[0].fingerprint)).size === list.length),
      adminThreshold: fc.integer({ min: 1, max: 8 }),
      recovery: key,
      nodes: fc.uniqueArray(
        plain({ name, peer, addresses: fc.array(people, { minLength: 1, maxLength: 3 }) }),
        {
          selector: node => node.peer,
          comparator: (a, b) => a === b,
          maxLength: 1
        }
      ),
      topicKeys: setOf(fc.constantFrom('env', 'role', 'team')),
      policy: plain({
        modules: fc.uniqueArray(
          plain({
            module: moduleName,
            risk: fc.constantFrom(...RISKS),
            quorum: fc.record(
              { match: quorum, hashed: quorum, clear: quorum },
              { requiredKeys: [], noNullPrototype: true }
            ),
            ceilingPpm: ppm,
            limits
          }),
          { selector: rule => rule.module, maxLength: 3 }
        ),
        windowMaxS: fc.integer({ min: 60, max: 1_209_600 }),
        respondWindowMaxS: fc.integer({ min: 60, max: 1_209_600 }),
        personActionsPer10Min: fc.integer({ min: 1, max: 10_000 }),
        retentionDays: fc.integer({ min: 1, max: 3_650 })
      }),
      inventory: plain({
        key: base64(32, 32),
        wraps: fc.array(plain({ reader: fingerprint, box: base64(50) }), { maxLength: 3 })
      }),
      revoked: plain({
        persons: setOf(name),
        keys: setOf(fingerprint),
        grants: setOf(id),
        peers: setOf(peer)
      }),
      note: people
    },
    ['mesh', 'previous', 'recovery', 'note']
  ),
  'gumshoe/grant/1': plain({
    kind: kind('gumshoe/grant/1'),
    mesh: id,
    enrolKey: base64(32, 32),
    tags: setOf(fc.tuple(fc.constantFrom('env', 'role'), name).map(([tag, value]) => `${tag}=${value}`)),
    leaf: fc.boolean(),
    issued: time,
    notAfter: time,
    hosts: fc.integer({ min: 1, max: 1_000_000 })
  }),
  'gumshoe/action/1': plain<DocumentOf<'gumshoe/action/1'>>(
    {
      kind: kind('gumshoe/action/1'),
      mesh: id,
      charter: fc.integer({ min: 1, max: 1_000_000 }),
      target: fc.constantFrom('all', 'role=web', 'ip in 10.0.0.0/8'),
      validFrom: time,
      expires: time,
      operations: fc.uniqueArray(
        plain<DocumentOf<'gumshoe/action/1'>['operations'][number]>(
          {
            id: name,
            module: moduleName,
            params,
            condition: plain({ when: fc.constantFrom('found' as const, 'answered' as const), action: id })
          },
          ['condition']
        ),
        { selector: operation => operation.id, minLength: 1, maxLength: 4 }
      ),
      disclosure: fc.constantFrom(...DISCLOSURES),
      ceilingPpm: ppm,
      widens: id,
      limits,
      readers: setOf(fingerprint),
      sealTo: base64(32, 32),
      note: base64(100),
      purpose: people,
      nonce: base64(16, 16)
    },
    ['widens', 'note', 'purpose']
  ),
  'gumshoe/action/2': plain<DocumentOf<'gumshoe/action/2'>>(
    {
      kind: kind('gumshoe/action/2'),
      mesh: id,
      charter: fc.integer({ min: 1, max: 1_000_000 }),
      target: fc.constantFrom('all', 'role=web', 'ip in 10.0.0.0/8'),
      validFrom: time,
      expires: time,
      operations: fc
        .uniqueArray(
          plain<DocumentOf<'gumshoe/action/2'>['operations'][number]>(
            {
              id: name,
              module: moduleName,
              params,
              condition: plain({ when: fc.constantFrom('found' as const, 'answered' as const), action: id })
            },
            ['condition']
          ),
          { selector: operation => operation.id, minLength: 1, maxLength: 4 }
        )
        .map(dependent),
      disclosure: fc.constantFrom(...DISCLOSURES),
      ceilingPpm: ppm,
      widens: id,
      limits,
      readers: setOf(fingerprint),
      sealTo: base64(32, 32),
      note: base64(100),
      purpose: people,
      nonce: base64(16, 16)
    },
    ['widens', 'note', 'purpose']
  ),
  'gumshoe/cancel/1': plain({
    kind: kind('gumshoe/cancel/1'),
    mesh: id,
    action: id,
    issued: time,
    nonce: base64(16, 16)
  }),
  'gumshoe/voucher/1': plain({ kind: kind('gumshoe/voucher/1'), mesh: id, peer, issued: time, until: time }),
  'gumshoe/membership/1': plain({
    kind: kind('gumshoe/membership/1'),
    mesh: id,
    grant: id,
    peer,
    machine: raw(32, 32),
    time: ms
  }),
  'gumshoe/answer/1': plain<DocumentOf<'gumshoe/answer/1'>>(
    {
      kind: kind('gumshoe/answer/1'),
      mesh: id,
      action: id,
      op: name,
      agent: peer,
      seq: count.map(n => Math.max(1, n)),
      prev: id,
      time: ms,
      part: count,
      last: fc.boolean(),
      charter: count,
      digest: raw(32, 32),
      length: count,
      commit: raw(32, 32)
    },
    ['prev']
  ),
  'gumshoe/dropped/1': plain<DocumentOf<'gumshoe/dropped/1'>>(
    {
      kind: kind('gumshoe/dropped/1'),
      mesh: id,
      agent: peer,
      seq: count.map(n => Math.max(1, n)),
      prev: id,
      dropped: id,
      action: id,
      time: ms
    },
    ['prev']
  ),
  'gumshoe/receipt/1': plain({ kind: kind('gumshoe/receipt/1'), mesh: id, id, node: peer, time: ms }),
  'gumshoe/keywrap/1': plain({
    kind: kind('gumshoe/keywrap/1'),
    mesh: id,
    action: id,
    reader: fingerprint,
    box: raw(300),
    voucher: raw(300)
  }),
  'gumshoe/presence/1': plain<DocumentOf<'gumshoe/presence/1'>>(
    {
      kind: kind('gumshoe/presence/1'),
      mesh: id,
      peer,
      counter: count,
      time: ms,
      charter: count,
      version: letters('0123456789.-abc', 0, 20),
      state: fc.constantFrom('up' as const, 'leaving' as const, 'rolled-back' as const),
      grant: id,
      head: plain({ seq: count, id }),
      facts: raw(300),
      addresses: fc.array(letters('/ip4tcp0123456789.', 0, 30), { maxLength: 3 })
    },
    ['head']
  )
}
