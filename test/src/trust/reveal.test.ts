import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex, utf8Bytes } from '../../../src/codec.ts'
import { disclose } from '../../../src/trust/commit.ts'
import { claimedOpening, decodeOpenings, encodeOpenings, openCommitments } from '../../../src/trust/reveal.ts'

const action = 'ab'.repeat(32)
const spec = {
  name: 'file',
  major: 1,
  columns: { path: { type: 'path', secrecy: 'private', doc: '' } }
} as const
const { openings } = disclose('hashed', spec, action, [], [{ path: utf8Bytes('/usr/evil.so') }])
const names = openings.map(opening => toHex(opening.commitment))
const asked = { action, op: 'o1', module: 'file/1', commitments: [names[1]!].sort() }

test('just what was asked for is opened, from what was kept', () => {
  const kept = decodeOpenings(encodeOpenings(openings))
  const { rows, unknown } = openCommitments(asked, kept)
  assert.deepEqual(rows, [
    { commitment: openings[1]!.commitment, column: 'path', value: utf8Bytes('evil.so') }
  ])
  assert.deepEqual(unknown, [])
  assert.deepEqual(claimedOpening(asked, rows[0]!), openings[1])
})

test('what was never committed to is unknown', () => {
  const strange = 'ff'.repeat(16)
  assert.deepEqual(openCommitments({ ...asked, commitments: [strange] }, openings), {
    rows: [],
    unknown: [strange]
  })
})

test('an altered store opens nothing', () => {
  const altered = openings.map(opening => ({ ...opening, value: utf8Bytes('harmless') }))
  assert.deepEqual(openCommitments(asked, altered), { rows: [], unknown: asked.commitments })
  const moved = openings.map(opening => ({ ...opening, column: 'link' }))
  assert.deepEqual(openCommitments(asked, moved).rows, [])
  assert.deepEqual(openCommitments({ ...asked, action: 'cd'.repeat(32) }, openings).rows, [])
  assert.deepEqual(openCommitments({ ...asked, module: 'file/2' }, openings).rows, [])
})

test('the console believes no opening that does not hold or was not asked for', () => {
  const { rows } = openCommitments(asked, openings)
  assert.equal(claimedOpening(asked, { ...rows[0]!, value: utf8Bytes('lie') }), undefined)
  assert.equal(claimedOpening({ ...asked, commitments: [names[0]!] }, rows[0]!), undefined)
  assert.equal(claimedOpening(asked, { ...rows[0]!, column: 7 }), undefined)
})

test('damaged openings are malformed', () => {
  assert.throws(() => decodeOpenings(utf8Bytes('no')), { code: 'malformed' })
  assert.throws(() => decodeOpenings(encodeOpenings(openings).subarray(2)), { code: 'malformed' })
})
