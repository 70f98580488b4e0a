import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { file } from '../../../../src/modules/file.ts'
import { askFile, plant } from '../../../support/ask-file.ts'

/** MIG's defect 6: a file that vanished between match and answer ended the whole run. */

test('files and directories that vanish while they are looked at hurt nobody', async t => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, d) => Array.from({ length: 20 }, (_, i) => [`d${d}/f${i}`, 'x'])).flat()
  )
  const root = plant(t, files)
  const params = file.fromFlags({ path: ['/'], content: ['x'], sha256: true }, 0)
  const running = file.run(params, {
    root,
    signal: new AbortController().signal,
    asOf: 0,
    limits: file.limits.defaults
  })
  let rows = 0
  for (;;) {
    const next = await running.next()
    if (next.done) {
      assert.equal(next.value.found, true)
      assert.equal(next.value.limit, undefined)
      assert.ok(next.value.coverage.seen < 800)
      break
    }
    // Everything but what was just seen goes, with the directory that the walk stands in.
    if (++rows === 30) for (let d = 0; d < 40; d++) rmSync(join(root, `d${d}`), { recursive: true })
  }
  assert.ok(rows >= 30 && rows < 800)
})

test('what is not there is a plain no', async t => {
  const root = plant(t, { a: '' })
  const { outcome } = await askFile(root, { path: ['/nowhere', '/a/below', '/nowhere/at/all'] })
  assert.deepEqual(outcome.coverage, { seen: 0, unreadable: 0, skipped: 0 })
  assert.equal(outcome.found, false)
})
