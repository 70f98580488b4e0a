import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { keepMemoryFlat } from '../../bootstrap-nodes/flat-memory.ts'
import type { Clock } from '../../src/clock.ts'
import { LIMITS } from '../../src/limits.ts'
import { ROOT } from '../source-tree.ts'

const FLAT = `
import { keepMemoryFlat } from ${JSON.stringify(join(ROOT, 'bootstrap-nodes/flat-memory.ts'))}
import { systemClock } from ${JSON.stringify(join(ROOT, 'src/clock.ts'))}
await keepMemoryFlat(systemClock)
`

/** Lives through a hundred MB of what dies young; prints how much room V8 has taken for it. */
const YOUNG = `
const { getHeapSpaceStatistics } = await import('node:v8')
let held = []
for (let i = 0; i < 800_000; i++) {
  if (i % 20_000 === 0) held = []
  held.push({ i, text: 'a' + i })
}
console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size)`

/** Has the threads of the pool work; prints from how many places they have allocated: glibc begins each at a multiple of 64 MiB. */
const THREADS = `
const { deflate } = await import('node:zlib')
const { readFileSync } = await import('node:fs')
const bytes = Buffer.alloc(1 << 20, 'gumshoe')
await Promise.all(Array.from({ length: 32 }, () => new Promise(done => deflate(bytes, done))))
const starts = readFileSync('/proc/self/maps', 'latin1').matchAll(/^([0-9a-f]+)-\\S+ rw-p 0+ 00:00 0 *$/gm)
console.log([...starts].filter(([, start]) => BigInt('0x' + start) % (1n << 26n) === 0n).length)`

const printed = (script: string): number =>
  Number(spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stdout)

test('the room for what dies young does not grow', () => {
  const [flat, usual] = [printed(FLAT + YOUNG), printed(YOUNG)]
  assert.ok(flat > 0 && flat < usual / 2, `${flat} bytes, and ${usual} as it is usual`)
})

test('threads share what the C library keeps', () => {
  const [flat, usual] = [printed(FLAT + THREADS), printed(THREADS)]
  assert.ok(flat > 0 && flat < usual, `${flat} places, and ${usual} as it is usual`)
})

test('what was freed is given back again and again, and keeps no process alive', async () => {
  const slept: [number, boolean | undefined][] = []
  const turns = Promise.withResolvers<void>()
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (ms, _, idle) => {
      slept.push([ms, idle])
      if (slept.length < 3) return
      turns.resolve()
      await new Promise(() => undefined)
    }
  }
  await keepMemoryFlat(clock)
  await turns.promise
  assert.deepEqual(slept, Array(3).fill([LIMITS.giveBackMs, true]))
})
