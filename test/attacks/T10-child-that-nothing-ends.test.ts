import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { file } from '../../src/modules/file.ts'
import { run } from '../../src/run/run.ts'
import { ownHost } from '../../src/trust/permit.ts'
import { hostileLauncher } from '../support/launchers.ts'
import { eventually } from '../support/members.ts'

/**
 * T10. A local user has a file system of his own (FUSE, or a disk that is gone) whose calls never come back: the child that
 * looks at it can't even be killed. Two such, and the host would run nothing any more. Expected: the run ends with its limit
 * a few seconds later, and its place is free, whatever becomes of the child.
 */

const FREEZER = '/sys/fs/cgroup/freezer'

test('a child that even kill -9 does not end holds up no run', { timeout: 60_000 }, async t => {
  const group = join(FREEZER, `gumshoe-${process.pid}`)
  if (!existsSync(join(FREEZER, 'cgroup.procs')) || process.getuid?.() !== 0)
    return t.diagnostic('Nothing here holds a process as such a file system does.')
  mkdirSync(group)
  const say = (state: string) => writeFileSync(join(group, 'freezer.state'), state)
  t.after(async () => {
    say('THAWED')
    await eventually('the child is gone', () => readFileSync(join(group, 'tasks'), 'utf8') === '', 20_000)
    rmdirSync(group)
  })
  say('FROZEN')
  const child = `await say({ word: 'ready' }); await job();
    require('node:fs').writeFileSync(${JSON.stringify(join(group, 'cgroup.procs'))}, String(process.pid));
    for (;;);`
  const began = performance.now()
  const result = await run(
    ownHost(),
    { id: 'o1', spec: file, params: {} },
    {
      root: '/',
      asOf: 0,
      limits: { ...file.limits.defaults, wallMs: 1_000 },
      entry: hostileLauncher(t, child)
    }
  )
  assert.deepEqual([result.state, result.code, result.verdict], ['limit', 'limit-wall', 'partial'])
  assert.ok(performance.now() - began < 20_000)
  assert.notEqual(readFileSync(join(group, 'tasks'), 'utf8'), '', 'it was still there')
})
