import assert from 'node:assert/strict'
import { test } from 'node:test'
import { count } from '../../../src/cli/count.ts'

test('one is one, everything else is many', () => {
  assert.deepEqual(
    [count(0, 'host'), count(1, 'host'), count(2_000, 'host'), count(1, 'host is', 'hosts are')],
    ['0 hosts', '1 host', '2,000 hosts', '1 host is']
  )
})
