import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GumshoeError } from '../../../../../src/errors.ts'
import { account } from '../../../../../src/modules/account.ts'
import { plant } from '../../../../support/ask-file.ts'
import { askModule, column } from '../../../../support/ask-module.ts'

/**
 * T9 of SECURITY.md: files about accounts that include or name each other without end, or that are far larger than any host has.
 * Expected: an answer that says what was not seen, by limits and counts, and nothing that grows without end.
 */

const LONG = 1 << 20

test('sudoers that include themselves, each other, and a thousand more', async t => {
  const deep = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`etc/deep${i}`, `u${i} ALL=ALL\n@include /etc/deep${i + 1}\n`])
  )
  const root = plant(t, {
    ...deep,
    'etc/sudoers': '@include /etc/sudoers\n@include other\n#includedir /etc\n@include deep0\nlast ALL=ALL\n',
    'etc/other': 'a ALL=ALL\n@include sudoers\n'
  })
  const { rows, outcome } = await askModule(account, root, { kind: ['sudo'] }, { limits: { rows: 10_000 } })
  assert.ok(column(rows, 'name').includes('last'))
  assert.ok(outcome.errors['include-loop']! >= 2)
  assert.ok(outcome.errors['too-deep']! >= 1 && outcome.coverage.skipped >= 1)
})

test('aliases that name each other, and many of each', async t => {
  const many = (name: string) => Array.from({ length: 40 }, () => name).join(', ')
  const aliases = Array.from({ length: 16 }, (_, i) => `User_Alias A${i} = ${many(`A${i + 1}`)}\n`).join('')
  const root = plant(t, { 'etc/sudoers': `${aliases}User_Alias L = L\nA0, L ALL=ALL\nlast ALL=ALL\n` })
  const { outcome, rows } = await askModule(account, root, { kind: ['sudo'], name: ['^last$'] })
  assert.deepEqual(column(rows, 'name'), ['last'])
  assert.equal(outcome.errors['sudo-syntax'], 1, 'it is told that not all was resolved')
})

test('100,000 users, fields of a megabyte, and lines that are nothing', async t => {
  const users = Array.from({ length: 100_000 }, (_, i) => `u${i}:x:${i}:${i}::/h:/bin/sh`).join('\n')
  const long = 'x'.repeat(LONG)
  const root = plant(t, {
    'etc/passwd': `${users}\n${long}:x:1:1::/${long}:/bin/sh\n${':'.repeat(LONG)}\n`,
    'etc/shadow': `${long}:${long}:::::::\nu5:${'!'.repeat(LONG)}:::::::\n`,
    'etc/group': `g:x:1:${Array.from({ length: 100_000 }, (_, i) => `u${i}`).join(',')}\n`
  })
  const found = await askModule(account, root, { id: ['99999'], group: ['g'], password: ['locked'] })
  assert.deepEqual(column(found.rows, 'name'), ['u99999'])
  assert.equal(found.outcome.coverage.seen, 100_001)
  const all = await askModule(account, root, { name: ['^x'] }, { limits: { outputBytes: LONG } })
  assert.deepEqual([all.rows.length, all.outcome.limit], [0, 'limit-bytes'])
  const read = await askModule(account, root, {}, { limits: { readBytes: 1_000 } })
  assert.equal(read.outcome.limit, 'limit-bytes')
  const stop = new AbortController()
  setImmediate(() => stop.abort(new GumshoeError('limit-cpu', 'The CPU limit is reached.')))
  const cut = await askModule(account, root, { name: ['none'] }, { signal: stop.signal })
  assert.ok(cut.outcome.limit === 'limit-cpu' && cut.outcome.coverage.seen < 100_000)
})
