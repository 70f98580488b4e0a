import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { encodeCbor, sha256Hex, toBase64, toHex, utf8Bytes } from '../src/codec.ts'
import { KINDS, type Kind } from '../src/documents/read.ts'
import type { ErrorCode } from '../src/errors.ts'
import { SAMPLES } from './samples.ts'
import { vectorsOf } from './vectors.ts'

/**
 * Writes the wire vectors of the documents that are not there yet: `node test/make-vectors.ts`. What is there is frozen:
 * it is never written again, and the tests read the committed files only. A new kind number gets new files.
 */
type Made = { bytes: Uint8Array; expect: 'ok' | ErrorCode; why: string }
type Vectors = Record<string, Made>

const ok = (bytes: Uint8Array, why: string): Made => ({ bytes, expect: 'ok', why })
const no = (bytes: Uint8Array, why: string, expect: ErrorCode = 'malformed'): Made => ({ bytes, expect, why })
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** JSON with sorted members but without any check: for what encodeJson would not write. */
const raw = (value: unknown): Uint8Array => utf8Bytes(rawText(value))
const rawText = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(rawText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${rawText(member)}`).join(',')}}`
}

const nest = (levels: number): unknown => (levels === 0 ? 1 : [nest(levels - 1)])

/** The number after the newest that there is of it. */
const nextKind = (kind: string): string => kind.replace(/\d+$/, number => String(Number(number) + 1))

/** What every JSON document is refused for. */
const jsonForm = (sample: Record<string, unknown>): Vectors => {
  const text = rawText(sample)
  const { kind, ...rest } = sample
  const first = Object.keys(sample).sort()[0]!
  return {
    full: ok(utf8Bytes(text), 'every member present'),
    'trailing-newline': no(utf8Bytes(`${text}\n`), 'a byte after the document', 'not-canonical'),
    'leading-space': no(utf8Bytes(` ${text}`), 'does not begin with a brace, so it is taken for CBOR'),
    'byte-order-mark': no(utf8Bytes(`\ufeff${text}`), 'a byte order mark'),
    spaces: no(
      utf8Bytes(JSON.stringify(JSON.parse(text), null, 1)),
      'spaces between members',
      'not-canonical'
    ),
    unsorted: no(
      utf8Bytes(
        JSON.stringify(Object.fromEntries(Object.entries(sample).sort(([a], [b]) => (a < b ? 1 : -1))))
      ),
      'members in another order',
      'not-canonical'
    ),
    'duplicate-member': no(
      utf8Bytes(text.replace('{', `{${JSON.stringify(first)}:${rawText(sample[first])},`)),
      'one member twice',
      'not-canonical'
    ),
    'escaped-letter': no(
      utf8Bytes(text.replace('"kind"', '"\\u006bind"')),
      'a letter escaped',
      'not-canonical'
    ),
    'unknown-member': no(raw({ ...sample, zzz: 1 }), 'a member that the schema does not know'),
    'proto-member': no(
      utf8Bytes(text.replace('{', '{"__proto__":{"mesh":"x"},')),
      'a member named __proto__'
    ),
    'lone-surrogate-name': no(utf8Bytes(text.replace(/\}$/, ',"\\ud800":1}')), 'a lone surrogate in a name'),
    'lone-surrogate-value': no(raw({ ...sample, mesh: '\ud800' }), 'a lone surrogate in a value'),
    'null-member': no(raw({ ...sample, mesh: null }), 'null instead of absence'),
    fraction: no(raw({ ...sample, zzz: 1.5 }), 'a number that is no integer'),
    'number-too-large': no(utf8Bytes(text.replace(/\}$/, ',"zzz":9007199254740992}')), '2^53'),
    'minus-zero': no(utf8Bytes(text.replace(/\}$/, ',"zzz":-0}')), 'minus zero', 'not-canonical'),
    'nested-too-deeply': no(raw({ ...sample, zzz: nest(17) }), 'more than 16 levels'),
    'invalid-utf8': no(
      join(utf8Bytes(text.slice(0, -1)), Uint8Array.of(0xff, 0x7d)),
      'a byte that is no UTF-8'
    ),
    truncated: no(utf8Bytes(text.slice(0, -1)), 'the last byte missing'),
    'kind-missing': no(raw(rest), 'no kind'),
    'kind-newer': no(
      raw({ ...sample, kind: nextKind(String(kind)) }),
      'a kind number of the future',
      'unknown-kind'
    ),
    'as-cbor': no(encodeCbor(sample), 'the same document as CBOR'),
    'wrong-type': no(raw({ ...sample, mesh: 7 }), 'a number where an id stands'),
    'mesh-upper-case': no(raw({ ...sample, mesh: 'A'.repeat(64) }), 'an id in upper case')
  }
}

/** A CBOR text of less than 24 bytes. */
const cborText = (text: string): Uint8Array => join(Uint8Array.of(0x60 + text.length), utf8Bytes(text))

/** What every CBOR document is refused for. */
const cborForm = (sample: Record<string, unknown>): Vectors => {
  const bytes = encodeCbor(sample)
  const count = Object.keys(sample).length
  const { kind, ...rest } = sample
  // Members are sorted by length first, so one with a longer name comes last.
  const last = (...value: number[]) =>
    join(Uint8Array.of(0xa0 + count + 1), bytes.slice(1), cborText('z'.repeat(20)), Uint8Array.from(value))
  const reversed = () => {
    const members = Object.entries(sample).map(([key, value]) => join(cborText(key), encodeCbor(value)))
    const sorted = encodeCbor(sample)
    const whole = join(Uint8Array.of(0xa0 + count), ...members)
    return Buffer.compare(whole, sorted) === 0
      ? join(Uint8Array.of(0xa0 + count), ...members.reverse())
      : whole
  }
  return {
    full: ok(bytes, 'every member present'),
    'trailing-byte': no(join(bytes, Uint8Array.of(0)), 'a byte after the document'),
    truncated: no(bytes.slice(0, -1), 'the last byte missing'),
    'unknown-member': no(last(0x01), 'a member that the schema does not know'),
    float: no(last(0xf9, 0x3e, 0x00), 'a float'),
    null: no(last(0xf6), 'null'),
    undefined: no(last(0xf7), 'undefined'),
    tag: no(last(0xc1, 0x01), 'a tag'),
    'integer-too-large': no(last(0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0), '2^53'),
    'non-minimal-integer': no(last(0x18, 0x01), 'an integer in more bytes than needed'),
    'indefinite-array': no(last(0x9f, 0x01, 0xff), 'an array of indefinite length'),
    'indefinite-map': no(
      join(Uint8Array.of(0xbf), bytes.slice(1), Uint8Array.of(0xff)),
      'a map of indefinite length'
    ),
    'array-that-lies': no(
      last(0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      'an array that promises 2^63 items'
    ),
    'bytes-that-lie': no(last(0x5a, 0xff, 0xff, 0xff, 0xff), 'a byte string that promises 4 GiB'),
    'invalid-utf8': no(last(0x61, 0xff), 'a byte that is no UTF-8', 'not-canonical'),
    'nested-too-deeply': no(last(...Array<number>(17).fill(0x81), 0x01), 'more than 16 levels'),
    'duplicate-member': no(
      join(Uint8Array.of(0xa0 + count + 1), bytes.slice(1), cborText('mesh'), encodeCbor(sample['mesh'])),
      'one member twice'
    ),
    unsorted: no(reversed(), 'members in another order', 'not-canonical'),
    'integer-name': no(
      join(Uint8Array.of(0xa0 + count + 1, 0x01, 0x01), bytes.slice(1)),
      'a member named by an integer'
    ),
    'proto-member': no(encodeProto(sample), 'a member named __proto__'),
    'kind-missing': no(encodeCbor(rest), 'no kind'),
    'kind-newer': no(
      encodeCbor({ ...sample, kind: nextKind(String(kind)) }),
      'a kind number of the future',
      'unknown-kind'
    ),
    'as-json': no(raw({ ...sample }), 'the same members as JSON'),
    'text-for-bytes': no(
      encodeCbor({ ...sample, mesh: utf8Bytes(String(sample['mesh'])) }),
      'bytes where a text stands'
    ),
    'a-list': no(encodeCbor([sample]), 'a list around the document')
  }
}

/** The sample with `__proto__` beside its members, in the right order, so that only its name speaks against it. */
const encodeProto = (sample: Record<string, unknown>): Uint8Array => {
  const stand = encodeCbor({ ...sample, zzzzzzzzz: 1 })
  const at = Buffer.from(stand).indexOf('zzzzzzzzz')
  const copy = stand.slice()
  copy.set(utf8Bytes('__proto__'), at)
  return copy
}

/** What single members are refused for, and what is taken at the borders: [name, change, why, expected]. */
type Change = readonly [name: string, change: Record<string, unknown>, why: string, expect?: 'ok' | ErrorCode]

const long = (length: number): string => 'x'.repeat(length)
const charter = SAMPLES['gumshoe/charter/1']
const action = SAMPLES['gumshoe/action/1']
const operation = action.operations[0]!
const second = SAMPLES['gumshoe/action/2'].operations[1]!

const CHANGES: { readonly [K in Kind]: readonly Change[] } = {
  'gumshoe/charter/1': [
    [
      'first',
      { version: 1, mesh: undefined, previous: undefined },
      'version 1 names no mesh and no previous one',
      'ok'
    ],
    [
      'minimal',
      { recovery: undefined, note: undefined, nodes: [], topicKeys: [] },
      'what may be absent is',
      'ok'
    ],
    ['version-zero', { version: 0 }, 'versions begin at 1'],
    ['no-persons', { persons: [] }, 'nobody may ask'],
    [
      'person-twice',
      { persons: [charter.persons[0], { ...charter.persons[1], name: 'anna' }] },
      'one name twice'
    ],
    [
      'key-of-two-persons',
      { persons: [charter.persons[0], { ...charter.persons[1], keys: charter.persons[0]!.keys }] },
      'one key under two names would count twice'
    ],
    [
      'roles-unsorted',
      { persons: [{ ...charter.persons[0], roles: ['investigator', 'admin'] }] },
      'a set out of order'
    ],
    ['role-unknown', { persons: [{ ...charter.persons[0], roles: ['root'] }] }, 'a role that there is not'],
    ['weight-negative', { persons: [{ ...charter.persons[0], weight: -1 }] }, 'a weight below 0'],
    ['topic-key-is-a-fact', { topicKeys: ['os'] }, 'a fact as tag key'],
    ['topic-key-is-a-keyword', { topicKeys: ['not'] }, 'a word of the grammar as tag key'],
    ['topic-keys-twice', { topicKeys: ['env', 'env'] }, 'one key twice'],
    [
      'rule-twice',
      { policy: { ...charter.policy, modules: [charter.policy.modules[0], charter.policy.modules[0]] } },
      'two rules for one module'
    ],
    [
      'node-twice',
      { nodes: [charter.nodes[0], { ...charter.nodes[0], name: 'south' }] },
      'one peer id twice'
    ],
    ['note-decomposed', { note: 'Ju\u0308rgen' }, 'text that is not NFC'],
    ['note-right-to-left', { note: 'safe\u202eevil' }, 'a direction override'],
    ['note-zero-width', { note: 'a\u200bb' }, 'a zero-width space'],
    ['note-filler', { note: 'a\u3164b' }, 'a Hangul filler, which shows as nothing'],
    ['note-variation', { note: 'a\ufe0fb' }, 'a variation selector'],
    ['note-unassigned', { note: 'a\u0378b' }, 'an unassigned character'],
    ['note-private-use', { note: 'a\ue000b' }, 'a private-use character'],
    ['note-newline', { note: 'a\nb' }, 'a control character'],
    ['time-with-fraction', { issued: '2026-11-24T09:00:00.000Z' }, 'a time in another form'],
    ['time-zone', { issued: '2026-11-24T09:00:00+01:00' }, 'a time zone'],
    ['time-thirteenth-month', { issued: '2026-13-24T09:00:00Z' }, 'a month that there is not'],
    ['time-thirtieth-february', { issued: '2026-02-30T09:00:00Z' }, 'a day that there is not'],
    ['time-leap-second', { issued: '2026-12-31T23:59:60Z' }, 'a second 60'],
    [
      'key-padded',
      { inventory: { ...charter.inventory, key: `${charter.inventory.key}=` } },
      'base64 with padding'
    ],
    ['key-short', { inventory: { ...charter.inventory, key: toBase64(new Uint8Array(31)) } }, '31 bytes'],
    [
      'fingerprint-short',
      { recovery: { ...charter.recovery, fingerprint: '0123456789abcdef' } },
      'a key id for a fingerprint'
    ]
  ],
  'gumshoe/grant/1': [
    ['no-tags', { tags: [] }, 'a host without tags', 'ok'],
    ['tag-is-a-fact', { tags: ['os=linux'] }, 'a fact as tag key'],
    ['tag-without-value', { tags: ['role='] }, 'a tag has a value'],
    ['tag-upper-case', { tags: ['role=Web'] }, 'tags are lower case'],
    ['tags-unsorted', { tags: ['role=web', 'env=prod'] }, 'a set out of order'],
    ['tag-twice', { tags: ['role=web', 'role=web'] }, 'one tag twice'],
    ['hosts-zero', { hosts: 0 }, 'for nobody'],
    [
      'key-not-its-own-form',
      { enrolKey: toBase64(new Uint8Array(32)).replace(/A$/, 'B') },
      'base64 with stray bits'
    ],
    ['leaf-as-number', { leaf: 1 }, 'a number where true or false stands']
  ],
  'gumshoe/action/1': [
    [
      'minimal',
      {
        widens: undefined,
        note: undefined,
        purpose: undefined,
        limits: {},
        readers: [],
        operations: [{ ...operation, condition: undefined, params: {} }]
      },
      'what may be absent is',
      'ok'
    ],
    ['no-operations', { operations: [] }, 'nothing to do'],
    ['operation-twice', { operations: [operation, operation] }, 'one operation id twice'],
    [
      'operations-too-many',
      { operations: Array.from({ length: 17 }, (_, i) => ({ ...operation, id: `o${i}` })) },
      '17 operations'
    ],
    [
      'module-without-major',
      { operations: [{ ...operation, module: 'file' }] },
      'a module without its major version'
    ],
    ['module-major-zero', { operations: [{ ...operation, module: 'file/0' }] }, 'major versions begin at 1'],
    ['params-list', { operations: [{ ...operation, params: [] }] }, 'a list where members stand'],
    ['params-null', { operations: [{ ...operation, params: { a: null } }] }, 'null among the parameters'],
    [
      'params-fraction',
      { operations: [{ ...operation, params: { a: 0.5 } }] },
      'a fraction among the parameters'
    ],
    [
      'condition-unknown',
      { operations: [{ ...operation, condition: { when: 'asked', action: operation.condition!.action } }] },
      'a condition that there is not'
    ],
    ['disclosure-unknown', { disclosure: 'all' }, 'a disclosure that there is not'],
    ['ceiling-zero', { ceilingPpm: 0 }, 'nobody may run it'],
    ['ceiling-too-high', { ceilingPpm: 1_000_001 }, 'more than everybody'],
    ['limit-negative', { limits: { wallMs: -1 } }, 'a limit below 0'],
    ['limit-unknown', { limits: { money: 1 } }, 'a limit that there is not'],
    ['target-empty', { target: '' }, 'no target'],
    ['target-too-long', { target: long(4097) }, 'a target of 4,097 characters'],
    ['readers-twice', { readers: [action.readers[0], action.readers[0]] }, 'one reader twice'],
    ['nonce-short', { nonce: toBase64(new Uint8Array(15)) }, '15 bytes'],
    ['purpose-invisible', { purpose: 'ok\u2066' }, 'an isolate']
  ],
  'gumshoe/action/2': [
    [
      'condition-on-an-action',
      { operations: [operation, { ...second, condition: operation.condition }] },
      'what the kind before it says, it says too',
      'ok'
    ],
    ['one-operation', { operations: [operation] }, 'a single operation', 'ok'],
    [
      'condition-on-itself',
      { operations: [operation, { ...second, condition: { when: 'found', op: 'o2' } }] },
      'an operation that waits for itself'
    ],
    [
      'condition-on-a-later-one',
      {
        operations: [
          { ...operation, condition: { when: 'found', op: 'o2' } },
          { ...second, condition: undefined }
        ]
      },
      'what is named has not ended when it is asked'
    ],
    [
      'condition-on-none',
      { operations: [operation, { ...second, condition: { when: 'found', op: 'o9' } }] },
      'an operation that there is not'
    ],
    [
      'condition-answered',
      { operations: [operation, { ...second, condition: { when: 'answered', op: 'o1' } }] },
      'an operation before it is always answered'
    ],
    [
      'condition-on-both',
      {
        operations: [
          operation,
          { ...second, condition: { when: 'found', op: 'o1', action: operation.condition!.action } }
        ]
      },
      'two things at once'
    ],
    [
      'condition-without-a-name',
      { operations: [operation, { ...second, condition: { when: 'found' } }] },
      'on nothing'
    ],
    ['operation-twice', { operations: [operation, operation] }, 'one operation id twice'],
    ['no-operations', { operations: [] }, 'nothing to do'],
    ['target-empty', { target: '' }, 'no target']
  ],
  'gumshoe/cancel/1': [
    ['action-short', { action: 'b'.repeat(63) }, 'an id of 63 digits'],
    ['nonce-missing', { nonce: undefined }, 'no nonce']
  ],
  'gumshoe/voucher/1': [
    [
      'peer-of-another-kind',
      { peer: 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N' },
      'no Ed25519 peer id'
    ],
    [
      'peer-with-a-zero',
      { peer: `12D3KooW0${SAMPLES['gumshoe/voucher/1'].peer.slice(9)}` },
      'a letter that base58 does not have'
    ],
    ['until-missing', { until: undefined }, 'no end']
  ],
  'gumshoe/membership/1': [
    ['machine-short', { machine: new Uint8Array(31) }, '31 bytes'],
    ['time-negative', { time: -1 }, 'before 1970'],
    ['grant-as-bytes', { grant: new Uint8Array(32) }, 'bytes where an id stands']
  ],
  'gumshoe/answer/1': [
    ['first', { seq: 1, prev: undefined, part: 3, last: false }, 'the first of its chain', 'ok'],
    ['seq-zero', { seq: 0 }, 'places begin at 1'],
    ['part-negative', { part: -1 }, 'parts begin at 0'],
    ['digest-long', { digest: new Uint8Array(33) }, '33 bytes'],
    ['last-as-number', { last: 1 }, 'a number where true or false stands'],
    ['op-with-slash', { op: 'a/b' }, 'an operation id that is no name']
  ],
  'gumshoe/dropped/1': [
    ['dropped-missing', { dropped: undefined }, 'does not say what was dropped'],
    ['seq-negative', { seq: -3 }, 'places begin at 1']
  ],
  'gumshoe/receipt/1': [
    ['time-too-late', { time: 8_640_000_000_000_001 }, 'beyond what a date can hold'],
    ['node-missing', { node: undefined }, 'does not say whose it is']
  ],
  'gumshoe/keywrap/1': [
    ['box-too-large', { box: new Uint8Array(8 * 1024 + 1) }, 'above 8 KiB'],
    ['reader-key-id', { reader: '0123456789abcdef' }, 'a key id for a fingerprint'],
    ['voucher-missing', { voucher: undefined }, 'nobody vouches']
  ],
  'gumshoe/presence/1': [
    ['no-head', { head: undefined, addresses: [] }, 'has answered nothing yet, does not listen', 'ok'],
    ['state-unknown', { state: 'down' }, 'a state that there is not'],
    [
      'addresses-too-many',
      { addresses: Array.from({ length: 9 }, () => '/ip4/10.0.0.1/tcp/1') },
      '9 addresses'
    ],
    ['facts-too-large', { facts: new Uint8Array(16 * 1024 + 1) }, 'above 16 KiB'],
    [
      'head-unknown-member',
      { head: { seq: 1, id: 'a'.repeat(64), x: 1 } },
      'a member that the schema does not know'
    ]
  ]
}

const without = (value: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(value)) as Record<string, unknown>

const save = (directory: string, name: string, made: Made): void => {
  const file = new URL(`./vectors/${directory}/${name}.json`, import.meta.url)
  if (existsSync(file)) return
  mkdirSync(new URL(`./vectors/${directory}/`, import.meta.url), { recursive: true })
  const { bytes, expect, why } = made
  writeFileSync(
    file,
    `${JSON.stringify({ why, expect, id: sha256Hex(bytes), hex: toHex(bytes) }, null, 1)}\n`
  )
}

for (const [kind, entry] of Object.entries(KINDS) as [Kind, (typeof KINDS)[Kind]][]) {
  const directory = vectorsOf(kind)
  const sample = SAMPLES[kind] as unknown as Record<string, unknown>
  const json = entry.form === 'json'
  for (const [name, made] of Object.entries(json ? jsonForm(sample) : cborForm(sample)))
    save(directory, name, made)
  for (const [name, change, why, expect = 'malformed'] of CHANGES[kind]) {
    const changed = { ...sample, ...change }
    save(directory, name, { bytes: json ? raw(without(changed)) : encodeCbor(changed), expect, why })
  }
}

const envelope = (bytes: unknown, signatures: unknown): Uint8Array => encodeCbor([bytes, signatures])
const signed = utf8Bytes('{}')
const signature = new Uint8Array(64).fill(7)
const ENVELOPES: Vectors = {
  'one-signature': ok(envelope(signed, [signature]), 'bytes and one signature'),
  'no-signature': ok(envelope(signed, []), 'the form allows it; who judges signatures refuses it'),
  'eight-signatures': ok(envelope(signed, Array(8).fill(signature)), 'the most'),
  'nine-signatures': no(envelope(signed, Array(9).fill(signature)), 'one more than the most', 'too-large'),
  'empty-signature': no(envelope(signed, [new Uint8Array(0)]), 'a signature of no bytes'),
  'long-signature': no(envelope(signed, [new Uint8Array(4097)]), 'a signature above 4 KiB'),
  'signature-as-text': no(envelope(signed, ['a']), 'text for a signature'),
  'bytes-as-text': no(envelope('{}', [signature]), 'text for the bytes'),
  'one-element': no(encodeCbor([signed]), 'no list of signatures'),
  'three-elements': no(encodeCbor([signed, [signature], 1]), 'something more'),
  'a-map': no(encodeCbor({ bytes: signed }), 'a map'),
  'trailing-byte': no(join(envelope(signed, [signature]), Uint8Array.of(0)), 'a byte after the envelope'),
  'non-minimal-length': no(
    join(Uint8Array.of(0x82, 0x58, 0x02), signed, Uint8Array.of(0x80)),
    'a length in more bytes than needed'
  ),
  'indefinite-list': no(
    join(Uint8Array.of(0x9f), encodeCbor(signed), Uint8Array.of(0x80, 0xff)),
    'a list of indefinite length'
  ),
  empty: no(new Uint8Array(0), 'no bytes')
}
for (const [name, made] of Object.entries(ENVELOPES)) save('envelope', name, made)
