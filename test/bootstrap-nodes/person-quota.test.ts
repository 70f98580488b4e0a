import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Attachments } from '../../bootstrap-nodes/attachments.ts'
import { allowanceOf, PersonQuota } from '../../bootstrap-nodes/person-quota.ts'
import { LIMITS } from '../../src/limits.ts'
import { HOUR, MINUTE, makeTestMesh, NOW, type TestMesh, testClock } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  const policy = { ...(await makeTestMesh()).charter.policy, personActionsPer10Min: 2 }
  mesh = await makeTestMesh({ policy })
})
const NO_ATTACHMENTS = new Attachments({} as never)
let next = 0
const by = (...persons: string[]) => ({
  id: String(next++),
  persons,
  bytes: 1_000,
  attachments: [],
  expires: NOW + HOUR
})

test('an action counts for everybody who signed it, and for nobody where one has asked too much', () => {
  const time = { now: 0 }
  const quota = new PersonQuota({ ...testClock, monotonic: () => time.now }, mesh.chain, NO_ATTACHMENTS)
  quota.take(by('joe', 'sonia'))
  quota.take(by('joe'))
  for (let i = 0; i < 3; i++) assert.throws(() => quota.take(by('sonia', 'joe')), { code: 'rate' })
  quota.take(by('sonia'))
  time.now += 10 * MINUTE
  quota.take(by('joe', 'sonia'))
})

test('what could not be kept is not open, and what another node took is counted without a limit', () => {
  const quota = new PersonQuota({ ...testClock, monotonic: () => 0 }, mesh.chain, NO_ATTACHMENTS)
  const { open } = allowanceOf(mesh.charter.policy)
  const kept = Array.from({ length: open + 5 }, () => by('joe'))
  for (const action of kept) quota.keep(action)
  assert.throws(() => quota.take(by('joe')), { code: 'quota' })
  for (const { id } of kept.slice(0, 6)) quota.forget(id)
  quota.take(by('joe'))
  assert.throws(() => quota.take(by('joe')), { code: 'quota' })
})

test('a person may ask the largest action there is, at the smallest rate', () => {
  assert.ok(allowanceOf({ personActionsPer10Min: 1 }).bytesPerDay >= LIMITS.actionBytes)
})
