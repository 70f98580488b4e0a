import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStat } from '../../../../../src/modules/lib/processes/proc-stat.ts'
import { statText } from '../../../../support/fake-proc.ts'

test('a name of brackets, blanks and any bytes feigns no other field', () => {
  for (const name of [') R 1 (x', 'a b', '', ') S 0 1\n2 (y) Z 5', '\x1b[2J\xff'])
    assert.deepEqual(parseStat(7, statText(7, Buffer.from(name, 'latin1'), 3, 4711)), {
      pid: 7,
      parent: 3,
      name: Buffer.from(name, 'latin1'),
      state: 'S',
      started: 4711
    })
  for (const text of ['', '7', '7 (x', '7 (x) S', '7 )x( S 1', '7 (x) S a b'])
    assert.equal(parseStat(7, Buffer.from(text)), undefined, text)
})
