import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { accountsOf } from '../../../../../src/modules/lib/host/accounts.ts'
import { plant } from '../../../../support/ask-file.ts'

test('names come from the files of the host itself; the first of a number counts; the rest is numbers', t => {
  const root = plant(t, {
    'etc/passwd':
      '# a comment\nroot:x:0:0:::\ntoor:x:0:0:::\nbad line\nx:x:12a:1\n:x:5:5\nzoë:x:7:7:::\n+@nis::::::\n',
    'etc/group': 'root:x:0:\nwheel:x:10:a,b\n'
  })
  const accounts = accountsOf(root)
  assert.deepEqual([0, 5, 7, 12, 4_294_967_294].map(accounts.user), ['root', '5', 'zoë', '12', '4294967294'])
  assert.deepEqual([0, 10, 11].map(accounts.group), ['root', 'wheel', '11'])
})

test('a link leads to a file inside; a pipe, a directory, or nothing at all hangs nobody', t => {
  const linked = plant(t, { 'usr/etc/passwd': 'root:x:0:0:::\n' })
  mkdirSync(join(linked, 'etc'))
  symlinkSync('/usr/etc/passwd', join(linked, 'etc/passwd'))
  assert.equal(accountsOf(linked).user(0), 'root')
  const pipe = plant(t)
  mkdirSync(join(pipe, 'etc/group'), { recursive: true })
  assert.equal(spawnSync('mkfifo', [join(pipe, 'etc/passwd')]).status, 0)
  const accounts = accountsOf(pipe)
  assert.deepEqual([accounts.user(0), accounts.group(0)], ['0', '0'])
  assert.equal(accountsOf(plant(t)).user(1), '1')
})

test('a table that is longer than what is read at once is the whole of it', t => {
  const lines = Array.from(
    { length: 20_000 },
    (_, i) => `user-${i}:x:${i}:${i}:a person of the domain:/home/x:/bin/sh\n`
  )
  const accounts = accountsOf(plant(t, { 'etc/passwd': lines.join('') }))
  for (const id of [0, 1, 4_999, 10_000, 19_999]) assert.equal(accounts.user(id), `user-${id}`)
})
