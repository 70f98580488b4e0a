import { toBase64 } from '../src/codec.ts'
import type { DocumentOf, Kind } from '../src/documents/read.ts'

/** One document of each kind with every member present: what the vectors are made from. No secrets, made-up keys. */

const bytes = (length: number, from: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (from + 7 * i) & 255)
const id = (digit: string): string => digit.repeat(64)
const AGENT = '12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQzB'
const NODE = '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X'
const MESH = id('a')
const PRINT = '0123456789abcdef0123456789abcdef01234567'
const PRINT6 = id('7')

export const SAMPLES: { readonly [K in Kind]: DocumentOf<K> } = {
  'gumshoe/charter/1': {
    kind: 'gumshoe/charter/1',
    mesh: MESH,
    name: 'lab',
    version: 2,
    previous: MESH,
    issued: '2026-11-24T09:00:00Z',
    expires: '2027-11-24T09:00:00Z',
    lab: false,
    persons: [
      {
        name: 'anna',
        keys: [{ fingerprint: PRINT, key: toBase64(bytes(64, 1)) }],
        weight: 2,
        roles: ['admin', 'investigator', 'reader']
      },
      {
        name: 'julien',
        keys: [{ fingerprint: PRINT6, key: toBase64(bytes(64, 2)) }],
        weight: 1,
        roles: ['investigator']
      }
    ],
    adminThreshold: 1,
    recovery: { fingerprint: 'f'.repeat(40), key: toBase64(bytes(64, 3)) },
    nodes: [{ name: 'north', peer: NODE, addresses: ['/ip4/127.0.0.1/tcp/4001'] }],
    topicKeys: ['env', 'role'],
    policy: {
      modules: [
        {
          module: 'file/1',
          risk: 'inspect',
          quorum: {
            match: { weight: 1, persons: 1, reason: false },
            hashed: { weight: 1, persons: 1, reason: false },
            clear: { weight: 2, persons: 2, reason: true }
          },
          ceilingPpm: 1_000_000,
          limits: { wallMs: 60_000, rows: 1_000 }
        }
      ],
      windowMaxS: 1_209_600,
      respondWindowMaxS: 3_600,
      personActionsPer10Min: 60,
      retentionDays: 90
    },
    inventory: { key: toBase64(bytes(32, 4)), wraps: [{ reader: PRINT, box: toBase64(bytes(48, 5)) }] },
    revoked: { persons: ['mallory'], keys: [id('9')], grants: [id('8')], peers: [NODE] },
    note: 'Jürgen’s second version.'
  },
  'gumshoe/grant/1': {
    kind: 'gumshoe/grant/1',
    mesh: MESH,
    enrolKey: toBase64(bytes(32, 6)),
    tags: ['env=prod', 'role=web'],
    leaf: false,
    issued: '2026-11-24T09:00:00Z',
    notAfter: '2026-11-25T09:00:00Z',
    hosts: 200
  },
  'gumshoe/action/1': {
    kind: 'gumshoe/action/1',
    mesh: MESH,
    charter: 2,
    target: 'role=web and not env=dev',
    validFrom: '2026-11-24T09:00:00Z',
    expires: '2026-11-25T09:00:00Z',
    operations: [
      {
        id: 'o1',
        module: 'file/1',
        params: {
          searches: [
            { label: 's1', paths: ['/usr/lib/apache2'], names: ['\\.so$'], deep: { list: [1, true, 'ä'] } }
          ]
        },
        condition: { when: 'found', action: id('b') }
      }
    ],
    disclosure: 'hashed',
    ceilingPpm: 50_000,
    widens: id('c'),
    limits: {
      wallMs: 30_000,
      cpuMs: 10_000,
      memoryMiB: 256,
      rows: 100,
      outputBytes: 1_000_000,
      readBytes: 1_000_000,
      entries: 5
    },
    readers: [PRINT, PRINT6],
    sealTo: toBase64(bytes(32, 7)),
    note: toBase64(bytes(96, 8)),
    purpose: 'Advisory AA26-317: a module of Apache.',
    nonce: toBase64(bytes(16, 9))
  },
  'gumshoe/action/2': {
    kind: 'gumshoe/action/2',
    mesh: MESH,
    charter: 2,
    target: 'role=web',
    validFrom: '2026-11-24T09:00:00Z',
    expires: '2026-11-25T09:00:00Z',
    operations: [
      {
        id: 'o1',
        module: 'file/1',
        params: { searches: [{ label: 's1', paths: ['/etc'], names: ['^x$'] }] },
        condition: { when: 'found', action: id('b') }
      },
      {
        id: 'o2',
        module: 'process/1',
        params: { names: ['^y$'] },
        condition: { when: 'found', op: 'o1' }
      }
    ],
    disclosure: 'hashed',
    ceilingPpm: 1_000_000,
    widens: id('c'),
    limits: {},
    readers: [PRINT],
    sealTo: toBase64(bytes(32, 7)),
    note: toBase64(bytes(96, 8)),
    purpose: 'Advisory AA26-317: a module of Apache.',
    nonce: toBase64(bytes(16, 9))
  },
  'gumshoe/cancel/1': {
    kind: 'gumshoe/cancel/1',
    mesh: MESH,
    action: id('b'),
    issued: '2026-11-24T09:00:00Z',
    nonce: toBase64(bytes(16, 10))
  },
  'gumshoe/voucher/1': {
    kind: 'gumshoe/voucher/1',
    mesh: MESH,
    peer: AGENT,
    issued: '2026-11-24T09:00:00Z',
    until: '2026-11-24T21:00:00Z'
  },
  'gumshoe/membership/1': {
    kind: 'gumshoe/membership/1',
    mesh: MESH,
    grant: id('d'),
    peer: AGENT,
    machine: bytes(32, 11),
    time: 1_795_510_800_000
  },
  'gumshoe/answer/1': {
    kind: 'gumshoe/answer/1',
    mesh: MESH,
    action: id('b'),
    op: 'o1',
    agent: AGENT,
    seq: 7,
    prev: id('e'),
    time: 1_795_510_800_000,
    part: 0,
    last: true,
    charter: 2,
    digest: bytes(32, 12),
    length: 1_088,
    commit: bytes(32, 13)
  },
  'gumshoe/dropped/1': {
    kind: 'gumshoe/dropped/1',
    mesh: MESH,
    agent: AGENT,
    seq: 8,
    prev: id('f'),
    dropped: id('1'),
    action: id('b'),
    time: 1_795_510_800_000
  },
  'gumshoe/receipt/1': {
    kind: 'gumshoe/receipt/1',
    mesh: MESH,
    id: id('2'),
    node: NODE,
    time: 1_795_510_800_000
  },
  'gumshoe/keywrap/1': {
    kind: 'gumshoe/keywrap/1',
    mesh: MESH,
    action: id('b'),
    reader: PRINT,
    box: bytes(200, 14),
    voucher: bytes(300, 15)
  },
  'gumshoe/presence/1': {
    kind: 'gumshoe/presence/1',
    mesh: MESH,
    peer: AGENT,
    counter: 41,
    time: 1_795_510_800_000,
    charter: 2,
    version: '0.1.0',
    state: 'up',
    grant: id('d'),
    head: { seq: 7, id: id('3') },
    facts: bytes(512, 16),
    addresses: ['/ip4/10.0.0.1/tcp/4001']
  }
}
