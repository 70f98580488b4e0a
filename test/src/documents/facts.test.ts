import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCbor, encodeCbor } from '../../../src/codec.ts'
import { charterSchema } from '../../../src/documents/charter.ts'
import {
  FACT_NAMES,
  type Facts,
  factsSchema,
  isFactName,
  isReservedName
} from '../../../src/documents/facts.ts'
import { grantSchema } from '../../../src/documents/grant.ts'
import { evaluateTarget } from '../../../src/documents/target/evaluate.ts'
import { parseTarget } from '../../../src/documents/target/parse.ts'
import { SAMPLES } from '../../samples.ts'

const FACTS: Facts = {
  grammar: 1,
  os: 'linux',
  arch: 'arm64',
  distribution: 'debian',
  distributionVersion: '11',
  kernel: '5.10.0-30-arm64',
  hostname: 'web-01',
  addresses: ['10.0.0.7', 'fe80::7'],
  version: '2.0.0',
  modules: ['file/1'],
  disclosures: ['hashed', 'match'],
  fence: 'full',
  rooted: false,
  privileged: true
}
const PEER = '12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQzB'

test('facts are closed, travel as CBOR, and say no more than they may', () => {
  assert.deepEqual(factsSchema.parse(decodeCbor(encodeCbor(FACTS))), FACTS)
  for (const change of [
    { zzz: 1 },
    { os: undefined },
    { os: '' },
    { hostname: 'x'.repeat(256) },
    { grammar: 2 },
    { addresses: ['10.0.0.7', '10.0.0.7'] },
    { addresses: Array.from({ length: 65 }, (_, i) => String(1000 + i)) },
    { modules: ['file'] },
    { fence: 'strong' },
    { disclosures: ['match', 'hashed'] }
  ])
    assert.equal(factsSchema.safeParse({ ...FACTS, ...change }).success, false, JSON.stringify(change))
})

test('every fact can be asked for, and its example names a host that has it', () => {
  for (const [name, { example, of }] of Object.entries(FACT_NAMES)) {
    assert.ok(of({ peer: PEER, tags: [], facts: FACTS }).length > 0, name)
    assert.equal(evaluateTarget(parseTarget(example), { peer: PEER, tags: [], facts: FACTS }), true, example)
    if (name !== 'id')
      assert.deepEqual(of({ peer: PEER, tags: [`${name}=x`] }), [], `${name} is missing without facts`)
  }
})

test('no fact and no word of the grammar is a tag key, in a charter or in a grant', () => {
  for (const name of [...Object.keys(FACT_NAMES), 'all', 'and', 'or', 'not', 'in', 'found', 'answered']) {
    assert.ok(isReservedName(name))
    const charter = { ...SAMPLES['gumshoe/charter/1'], topicKeys: [name] }
    assert.equal(charterSchema.safeParse(charter).success, false, name)
    assert.equal(
      grantSchema.safeParse({ ...SAMPLES['gumshoe/grant/1'], tags: [`${name}=x`] }).success,
      false,
      name
    )
  }
  assert.equal(isReservedName('role'), false)
  assert.equal(isFactName('constructor'), false)
  assert.equal(isFactName('toString'), false)
})
