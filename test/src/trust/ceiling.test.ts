import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { samplePpm } from '../../../src/trust/ceiling.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'

const MESH = 'a'.repeat(64)
const DAY = '2026-11-24T09:00:00Z'
const peers = Array.from(
  { length: 2_000 },
  (_, i) => makeIdentity(createHash('sha256').update(`${i}`).digest()).peer
)
const within = (ppm: number, time = DAY, risk: 'inspect' | 'respond' = 'respond', mesh = MESH) =>
  peers.filter(peer => samplePpm(mesh, risk, time, peer) < ppm)

test('the place of a host is frozen: agents of all versions must agree on it', () => {
  assert.equal(
    samplePpm(MESH, 'respond', DAY, '12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQzB'),
    FROZEN
  )
})

test('a ceiling of 5 % is about 5 % of the fleet, the whole fleet is all of it', () => {
  const few = within(50_000).length
  assert.ok(few > 60 && few < 140, `${few} of ${peers.length}`)
  assert.equal(within(1_000_000).length, peers.length)
})

test('widening nests: who was asked at 5 % is asked at 20 %', () => {
  const wide = new Set(within(200_000))
  assert.ok(within(50_000).every(peer => wide.has(peer)))
})

test('all actions of one day and class have one sample; other days, classes and meshes have others', () => {
  assert.deepEqual(within(50_000, '2026-11-24T23:59:59Z'), within(50_000))
  const others = [
    within(50_000, '2026-11-25T00:00:00Z'),
    within(50_000, DAY, 'inspect'),
    within(50_000, DAY, 'respond', 'b'.repeat(64))
  ]
  for (const other of others) assert.notDeepEqual(other, within(50_000))
})

/** Worked out by Python's hashlib from the words of design 8, joined by zero bytes. */
const FROZEN = 224_034
