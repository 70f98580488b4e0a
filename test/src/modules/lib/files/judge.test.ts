import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askFile, plant } from '../../../../support/ask-file.ts'

test('what nobody can know makes a no partial, but only where it decides', async t => {
  const root = plant(t, { long: `a${'x'.repeat(9 << 20)}b\n` })
  const ask = async (flags: Record<string, unknown>) => {
    const { rows, outcome } = await askFile(root, { path: ['/'], ...flags })
    return [rows.length, outcome.coverage.skipped, outcome.errors['line-too-long'] ?? 0]
  }
  assert.deepEqual(await ask({ content: ['^a.*b$'] }), [0, 1, 1])
  assert.deepEqual(await ask({ content: ['!^a.*b$'] }), [0, 1, 1], 'and its opposite is not known either')
  assert.deepEqual(await ask({ content: ['^a.*b$', 'never'] }), [0, 0, 0], 'another check has settled it')
  assert.deepEqual(await ask({ content: ['^a.*never$'] }), [0, 0, 0], 'what every match holds is not there')
})

test('with --any, the limit of a search cuts the rows of one file too, and was asked for', async t => {
  const root = plant(t, { file: 'x' })
  const { rows, outcome } = await askFile(root, {
    path: ['/'],
    name: ['f', 'i'],
    any: true,
    'match-limit': 1
  })
  assert.deepEqual([rows.length, rows[0]!['check'], outcome.limit], [1, 'name=f', undefined])
})
