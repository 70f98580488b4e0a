import fc from 'fast-check'
import type { TargetHost } from '../../../../src/documents/facts.ts'
import type { Operator, Target } from '../../../../src/documents/target/ast.ts'

export const PEERS = [
  '12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQzB',
  '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X',
  '12D3KooWBTmy4dYFprkDWxsZbVxeXnv2n4gvhVJTaLTvhKGSJbgC'
]
export const TAG_KEYS = ['role', 'env', 'team']
const TAG_VALUES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']

/** Plain objects, as the parser makes them. */
const record = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>

const printable = fc
  .array(fc.integer({ min: 0x20, max: 0x7e }), { minLength: 1, maxLength: 12 })
  .map(codes => String.fromCharCode(...codes))
const noGlob = printable.filter(text => !/[*?]/.test(text))

const compare = (names: string[], operators: Operator[], value: fc.Arbitrary<string>): fc.Arbitrary<Target> =>
  record({
    type: fc.constant('compare' as const),
    name: fc.constantFrom(...names),
    operator: fc.constantFrom(...operators),
    value
  })
const within = (names: string[], value: fc.Arbitrary<string>, maxLength = 20): fc.Arbitrary<Target> =>
  record({
    type: fc.constant('in' as const),
    name: fc.constantFrom(...names),
    values: fc.array(value, { minLength: 1, maxLength })
  })

const tagValue = fc.constantFrom(...TAG_VALUES)
const version = fc.constantFrom('1', '2.0', '2.1', '2.1-rc1', '2.1.3', '6.1.0-18-amd64')
const address = fc.constantFrom('10.0.0.1', '192.168.1.1', 'fe80::1', '2001:db8::7')
const network = fc.constantFrom('10.0.0.0/8', '192.168.0.0/16', '0.0.0.0/0', 'fe80::/10', '::/0', '10.0.0.1')

const comparison: fc.Arbitrary<Target> = fc.oneof(
  { weight: 4, arbitrary: compare(TAG_KEYS, ['=', '!='], tagValue) },
  { weight: 4, arbitrary: within(TAG_KEYS, tagValue) },
  compare(TAG_KEYS, ['~'], fc.constantFrom('*', 'a*', '?')),
  compare(['os', 'arch', 'hostname', 'distribution', 'module'], ['=', '!='], noGlob),
  compare(['hostname', 'os', 'id', 'version'], ['~'], printable),
  compare(['version', 'kernel', 'distribution-version'], ['=', '!=', '<', '<=', '>', '>='], version),
  compare(['ip'], ['=', '!='], address),
  within(['ip'], network, 3),
  within(['hostname', 'os'], noGlob, 3),
  within(['id'], fc.constantFrom(...PEERS), 3)
)

/** Any target that the parser could have made. */
export const anyTarget: fc.Arbitrary<Target> = fc.letrec<{ target: Target }>(tie => ({
  target: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    { weight: 5, arbitrary: comparison },
    { weight: 1, arbitrary: fc.constant<Target>({ type: 'all' }) },
    { weight: 2, arbitrary: record({ type: fc.constant('not' as const), part: tie('target') }) },
    {
      weight: 4,
      arbitrary: record({
        type: fc.constantFrom('and' as const, 'or' as const),
        parts: fc.array(tie('target'), { minLength: 2, maxLength: 4 })
      })
    }
  )
})).target

export const anyHost: fc.Arbitrary<TargetHost> = fc.record(
  {
    peer: fc.constantFrom(...PEERS),
    tags: fc.uniqueArray(
      fc.tuple(fc.constantFrom(...TAG_KEYS), tagValue).map(([key, value]) => `${key}=${value}`),
      { maxLength: 5 }
    ),
    facts: fc.record(
      {
        grammar: fc.constant(1 as const),
        os: fc.constantFrom('linux', 'windows'),
        arch: fc.constantFrom('x64', 'arm64'),
        distribution: fc.constantFrom('debian', 'rhel'),
        distributionVersion: version,
        kernel: version,
        hostname: fc.constantFrom('a', 'web-01'),
        addresses: fc.uniqueArray(address).map(list => list.sort()),
        version,
        modules: fc.constantFrom([], ['file/1']),
        disclosures: fc.constant(['hashed' as const, 'match' as const]),
        fence: fc.constantFrom('full' as const, 'none' as const),
        rooted: fc.boolean(),
        privileged: fc.boolean()
      },
      {
        requiredKeys: [
          'grammar',
          'os',
          'arch',
          'addresses',
          'version',
          'modules',
          'disclosures',
          'fence',
          'rooted',
          'privileged'
        ]
      }
    )
  },
  { requiredKeys: ['peer', 'tags'] }
)
