import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../source-tree.ts'

/** Lives through a hundred MB of what dies young; prints how much room V8 has taken for it. */
const script = (file: string): string => `
import { getHeapSpaceStatistics } from 'node:v8'
${file === '' ? '' : `import { keepMemoryFlat } from ${JSON.stringify(file)}\nkeepMemoryFlat()`}
let held = []
for (let i = 0; i < 800_000; i++) {
  if (i % 20_000 === 0) held = []
  held.push({ i, text: 'a' + i })
}
console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size)`

const roomOf = (file: string): number =>
  Number(
    spawnSync(process.execPath, ['--input-type=module', '-e', script(file)], { encoding: 'utf8' }).stdout
  )

test('the room for what dies young does not grow', () => {
  const [flat, usual] = [roomOf(join(ROOT, 'bootstrap-nodes/flat-memory.ts')), roomOf('')]
  assert.ok(flat > 0 && flat < usual / 2, `${flat} bytes, and ${usual} as it is usual`)
})
