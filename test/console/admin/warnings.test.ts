import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  grantWarnings,
  notYetTold,
  overfullWarnings,
  unreachableRules,
  warningsOf
} from '../../../console/admin/warnings.ts'
import { toBase64 } from '../../../src/codec.ts'
import { at, DAY, makePerson, makeTestMesh, NOW } from '../../support/mesh.ts'

test('a grant of months is warned of from 30 days before its end, one of days never', () => {
  const grant = (issued: number, notAfter: number) => [
    { id: 'ab'.repeat(32), grant: { issued: at(issued), notAfter: at(notAfter) } }
  ]
  const months = grant(-60 * DAY, 40 * DAY)
  assert.deepEqual(grantWarnings(months, NOW), [])
  assert.deepEqual(grantWarnings(months, NOW + 9 * DAY), [])
  assert.match(
    grantWarnings(months, NOW + 11 * DAY)[0]!,
    /^The grant abababab lets hosts enrol for 29 days more /
  )
  assert.match(grantWarnings(months, NOW + 39.5 * DAY)[0]!, / for 1 day more /)
  assert.deepEqual(grantWarnings(months, NOW + 41 * DAY), [])
  assert.deepEqual(grantWarnings(grant(-DAY, DAY), NOW), [])
})

test('a grant by which more hosts enrolled than it says is told with both numbers', () => {
  const enrolled = (grant: string, hosts: number, count: number) =>
    Array.from({ length: count }, () => ({ grant: grant.repeat(64), document: { hosts } }))
  assert.deepEqual(overfullWarnings([...enrolled('a', 2, 2), ...enrolled('b', 9, 1)]), [])
  const [line, ...more] = overfullWarnings([...enrolled('a', 2, 2), ...enrolled('b', 1, 3)])
  assert.deepEqual(more, [])
  assert.match(line!, /^The grant bbbbbbbb is for 1 host, and 3 have enrolled by it/)
})

test('a rule that nobody reaches is told, with what there is', async () => {
  const { charter } = await makeTestMesh()
  assert.deepEqual(unreachableRules(charter), [])
  const [rule] = charter.policy.modules
  const dear = { ...rule!, quorum: { match: { weight: 99, persons: 1, reason: false } } }
  const lines = unreachableRules({ ...charter, policy: { ...charter.policy, modules: [dear] } })
  assert.equal(lines.length, 1)
  assert.match(
    lines[0]!,
    new RegExp(`^Nobody can ask ${rule!.module} at match: it takes weight 99 of 1 person, `)
  )
})

test('each is told once to one, and again to another', () => {
  const [one, other] = [{}, {}]
  assert.deepEqual(notYetTold(one, ['a', 'b', 'a']), ['a', 'b'])
  assert.deepEqual(notYetTold(one, ['b', 'c']), ['c'])
  assert.deepEqual(notYetTold(other, ['a']), ['a'])
})

test('the key of a person is warned of while the person is in force', async () => {
  const mesh = await makeTestMesh()
  const { key } = await makePerson('joe', NOW + 20 * DAY)
  const joe = mesh.charter.persons.find(({ name }) => name === 'joe')!
  const keys = [{ fingerprint: key.fingerprint, key: toBase64(key.bytes) }]
  const charter = { ...mesh.charter, persons: [{ ...joe, keys }] }
  assert.match((await warningsOf(charter, NOW)).join(), /^The key [0-9a-f]+ of joe ends in 20 days: /)
  assert.deepEqual(await warningsOf({ ...charter, ...mesh.revoked('persons', 'joe') }, NOW), [])
  assert.deepEqual(await warningsOf({ ...charter, ...mesh.revoked('keys', key.fingerprint) }, NOW), [])
})
