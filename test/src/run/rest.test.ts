import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Clock } from '../../../src/clock.ts'
import { LIMITS } from '../../../src/limits.ts'
import { ownFiles, putAway, Rest } from '../../../src/run/rest.ts'

test('mappings of files that nothing writes to, and no others', () => {
  const maps = [
    '55d0a0000000-55d0a0100000 r--p 00000000 fe:00 131 /usr/bin/node',
    '55d0a0100000-55d0a0300000 r-xp 00100000 fe:00 131 /usr/bin/node',
    '55d0a0300000-55d0a0310000 rw-p 00300000 fe:00 131 /usr/bin/node',
    '7f0000000000-7f0000010000 rw-p 00000000 00:00 0 ',
    '7f0000010000-7f0000020000 r-xp 00000000 00:00 0                          [vdso]',
    '7f0000020000-7f0000030000 r--s 00000000 fe:00 9 /var/lib/x'
  ].join('\n')
  assert.deepEqual(ownFiles(maps), [
    { from: 0x55d0a0000000n, length: 0x100000n },
    { from: 0x55d0a0100000n, length: 0x200000n }
  ])
})

test('putting memory away leaves a process that works', async () => {
  const resident = () => Number(/^Rss:\s+(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))![1])
  const before = resident()
  await putAway()
  assert.ok(resident() < before, 'less is resident')
  assert.equal(JSON.parse('{"a":[1,2]}').a.length, 2)
})

test('memory is put away once, when nothing has stirred for a while', async () => {
  let now = 0
  const sleeps: { until: number; wake: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: ms => new Promise(wake => void sleeps.push({ until: now + ms, wake }))
  }
  let times = 0
  const rest = new Rest(clock, async () => void times++)
  const pass = async (ms: number) => {
    now += ms
    for (const { until, wake } of sleeps.splice(0)) until <= now ? wake() : sleeps.push({ until, wake })
    await new Promise(setImmediate)
  }
  rest.stir()
  await pass(LIMITS.restMs - 1)
  rest.stir()
  await pass(1)
  assert.equal(times, 0, 'it stirred a moment ago')
  await pass(LIMITS.restMs)
  assert.equal(times, 1)
  await pass(10 * LIMITS.restMs)
  assert.equal(times, 1, 'no timer of its own')
  rest.stir()
  await pass(LIMITS.restMs)
  assert.equal(times, 2)
})
