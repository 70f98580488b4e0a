import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { askedExecutables } from '../support/asked-executables.ts'
import { naming } from '../support/leftovers.ts'

/** `npm start` without a terminal: every scene, exit 0, and nothing left running. Of executables where they are built: tour-at-a-terminal.test.ts starts the checkout. */
const root = join(import.meta.dirname, '../..')

test('the tour shows its scenes and leaves nothing behind', { timeout: 300_000 }, async () => {
  const executables = askedExecutables()
  const built = executables === undefined ? [] : ['--executables', executables]
  const tour = spawn(process.execPath, [join(root, 'console/tour/start.cjs'), ...built], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let screen = ''
  tour.stdout.on('data', chunk => (screen += chunk))
  tour.stderr.on('data', chunk => (screen += chunk))
  const status = await new Promise(done => tour.on('close', done))
  assert.equal(status, 0, screen.slice(-3_000))
  for (const scene of [
    '1. Who is there',
    "2. MIG's question",
    '3. Another module',
    '4. A case-insensitive',
    '5. Clear takes two',
    '6. A bootstrap node is killed',
    '7. A host that was off'
  ]) {
    assert.ok(screen.includes(scene), `the scene ${scene} is missing`)
  }
  const directory = /T=(\S+)/.exec(screen)![1]!
  assert.equal(existsSync(directory), false)
  assert.deepEqual(naming(directory), [])
})
