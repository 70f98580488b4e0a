import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { process as processes } from '../../src/modules/process.ts'
import { plant } from '../support/ask-file.ts'
import { askModule } from '../support/ask-module.ts'
import { fakeProcess } from '../support/fake-proc.ts'

/**
 * T9. A user of a host starts processes by the hundred thousand, with names that look like other fields, so that a question
 * about processes ends the agent or hides one of them. Expected: each is seen and the one that matters is found; with a
 * budget of entries the run ends with its code.
 */

const MANY = 100_000

test('a hundred thousand processes hide none, and end with the budget', { timeout: 120_000 }, async t => {
  const root = plant(t)
  const proc = join(root, 'proc')
  mkdirSync(proc)
  mkdirSync(join(root, 'one'))
  writeFileSync(join(root, 'one/stat'), `1 () R 1 (x) S 1 1 1 0 -1 4194560 ${'0 '.repeat(12)}100 1000 10\n`)
  // All are one directory: to make a hundred thousand would take longer than to look at them.
  for (let pid = 2; pid < MANY; pid++) symlinkSync('../one', join(proc, String(pid)))
  fakeProcess(proc, MANY, { name: 'needle', parent: 1 })
  const { rows, outcome } = await askModule(processes, root, { name: ['^needle$'], tree: true })
  assert.deepEqual([rows.map(({ pid }) => pid), outcome.coverage.seen], [[MANY], MANY - 1])
  const few = await askModule(processes, root, { name: ['^needle$'] }, { limits: { entries: 1_000 } })
  assert.deepEqual([few.rows.length, few.outcome.limit], [0, 'limit-entries'])
})
