import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askFile, plant } from '../../../support/ask-file.ts'

/** MIG's defect 5: matches were looked for in a list of matches, so that twice as many took four times as long. */

const cpuOf = async (root: string, path: string): Promise<number> => {
  const before = process.cpuUsage()
  const { rows } = await askFile(
    root,
    { path: [path], any: true, name: ['f', '1', '^f'], 'match-limit': 100_000 },
    { limits: { rows: 100_000 } }
  )
  const { user, system } = process.cpuUsage(before)
  assert.ok(rows.length > 400)
  return (user + system) / rows.length
}

test('a match costs the same whether there are few or many', async t => {
  const names = (top: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${top}/f${i}`, '']))
  const root = plant(t, { ...names('few', 400), ...names('many', 6_400) })
  await cpuOf(root, '/few')
  const few = Math.min(await cpuOf(root, '/few'), await cpuOf(root, '/few'))
  const many = Math.min(await cpuOf(root, '/many'), await cpuOf(root, '/many'))
  // Sixteen times as many in a list would cost about sixteen times as much each. CPU time, not the clock.
  assert.ok(many < 8 * few, `${many} µs each of many, ${few} µs each of few`)
})
