import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Openings } from '../../agent/openings.ts'
import { utf8Bytes } from '../../src/codec.ts'
import type { Opening } from '../../src/trust/commit.ts'
import { OPENINGS_KEY, TestMemory } from '../support/agent-parts.ts'

const SECRET = 'mod_very_secret_name.so'
const opening: Opening = { commitment: new Uint8Array(16), column: 'path', value: utf8Bytes(SECRET) }

test('openings come back as they were, and do not lie on the disk in clear', async t => {
  const host = await TestMemory.open(t)
  const { openings } = host.memory
  await host.database.write(openings.write('a', 'o1', [opening], 100), { sync: true })
  await host.restart()
  assert.deepEqual(await host.memory.openings.read('a', 'o1'), [opening])
  assert.deepEqual(await host.memory.openings.read('a', 'o2'), [])
  const files = readdirSync(host.directory).map(name => readFileSync(join(host.directory, name), 'latin1'))
  assert.ok(files.some(text => text.includes('openings/a/o1')))
  assert.ok(!files.some(text => text.includes(SECRET)))
})

test('another home opens nothing, and says so', async t => {
  const host = await TestMemory.open(t)
  await host.database.write(host.memory.openings.write('a', 'o1', [opening], 100), { sync: true })
  const other = new Openings(host.database, new Uint8Array(32).fill(9))
  assert.notDeepEqual(OPENINGS_KEY, new Uint8Array(32).fill(9))
  await assert.rejects(other.read('a', 'o1'), { code: 'store-damaged' })
})

test('openings are kept until their time is over', async t => {
  const { memory, database } = await TestMemory.open(t)
  await database.write(memory.openings.write('a', 'o1', [opening], 100), { sync: true })
  await memory.openings.purge(100)
  assert.equal((await memory.openings.read('a', 'o1')).length, 1)
  await memory.openings.purge(101)
  assert.equal((await memory.openings.read('a', 'o1')).length, 0)
  assert.deepEqual(memory.openings.write('a', 'o1', [], 100), [])
})

test('what the parts of a standing operation left open comes together, and of no other one', async t => {
  const host = await TestMemory.open(t)
  const { openings } = host.memory
  const other = { ...opening, column: 'sha256' }
  const writes = [
    ...openings.write('a', 'o1', [opening], 100, 1),
    ...openings.write('a', 'o1', [other], 100, 10),
    ...openings.write('a', 'o10', [opening], 100, 1),
    ...openings.write('a', 'o2', [opening], 100)
  ]
  await host.database.write(writes, { sync: true })
  assert.deepEqual(await openings.read('a', 'o1'), [opening, other])
  assert.deepEqual(await openings.read('a', 'o10'), [opening])
})
