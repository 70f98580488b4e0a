import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askFile, plant } from '../../../support/ask-file.ts'

/** MIG's defect 3: the match limit counted the hits of all searches together, so one noisy search silently ended the others. */

const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`many/f${String(i).padStart(4, '0')}`, 'x']))

const noisy = (limit?: number) =>
  JSON.stringify([
    { label: 'noisy', paths: ['/'], ...(limit && { matchLimit: limit }) },
    { label: 'rare', paths: ['/'], names: ['^needle$'] }
  ])

test('a search at its own limit ends itself alone', async t => {
  const root = plant(t, { ...many(300), 'a/needle': 'x', 'z/needle': 'x' })
  const { pathsOf, outcome } = await askFile(root, { searches: noisy(5) })
  assert.equal(pathsOf('noisy').length, 5)
  assert.deepEqual(pathsOf('rare'), ['/a/needle', '/z/needle'])
  assert.equal(outcome.limit, undefined, 'a limit that the question set is no failure')
})

test('the row limit of a run hits the noisy search, and the answer says so', async t => {
  const root = plant(t, { ...many(300), 'a/needle': 'x', 'z/needle': 'x' })
  const { pathsOf, rows, outcome } = await askFile(root, { searches: noisy() }, { limits: { rows: 20 } })
  assert.deepEqual(pathsOf('rare'), ['/a/needle', '/z/needle'])
  assert.ok(rows.length <= 20)
  assert.equal(outcome.limit, 'limit-rows')
})

test('one search: as many rows as the limit, and the limit is said only where there was more', async t => {
  const root = plant(t, many(50))
  const all = await askFile(root, { path: ['/'] }, { limits: { rows: 50 } })
  assert.deepEqual([all.rows.length, all.outcome.limit], [50, undefined])
  const less = await askFile(root, { path: ['/'] }, { limits: { rows: 49 } })
  assert.deepEqual([less.rows.length, less.outcome.limit], [49, 'limit-rows'])
  const own = await askFile(root, { path: ['/'], 'match-limit': 10 })
  assert.deepEqual([own.rows.length, own.outcome.limit, own.outcome.counts['s1']], [10, undefined, 10])
})
