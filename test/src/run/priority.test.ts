import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../../source-tree.ts'

test('every thread goes to the end of the queue, those that come later too', () => {
  const code = `
    import { lowerPriority } from ${JSON.stringify(join(ROOT, 'src/run/priority.ts'))}
    import { readdirSync } from 'node:fs'
    import { getPriority } from 'node:os'
    import { Worker } from 'node:worker_threads'
    lowerPriority()
    await new Promise(done => new Worker('0', { eval: true }).once('online', done))
    const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid]
    console.log(JSON.stringify(threads.map(thread => getPriority(thread))))`
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  const priorities = JSON.parse(said) as number[]
  assert.ok(priorities.length > 0)
  for (const priority of priorities) assert.equal(priority, 19)
})
