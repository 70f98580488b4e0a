import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { askFile, plant } from '../support/ask-file.ts'

/**
 * T9. Trees that have no end: loops of links, directories below each other by the thousand, directories without end, and
 * the kernel's own. Expected: the walk ends within its budgets, and says where it saw only a part.
 */

test('loops of links are walked once', async t => {
  const root = plant(t, { 'a/b/file': 'x' })
  symlinkSync('..', join(root, 'a/b/up'))
  symlinkSync('/', join(root, 'a/b/root'))
  symlinkSync('b', join(root, 'a/c'))
  symlinkSync('two', join(root, 'one'))
  symlinkSync('one', join(root, 'two'))
  for (const follow of [false, true]) {
    const { paths, outcome } = await askFile(root, { path: ['/', '/a/c', '/a/b/up/b'], follow })
    assert.deepEqual(paths, ['/a/b/file'])
    assert.equal(outcome.limit, undefined)
  }
})

/** Where inodes are of all 64 bits, those of a directory and of one in it differ by one. */
test('directories whose inodes no number tells apart are no loop', async t => {
  const [lower, upper] = [plant(t, { 'a/b/c/file': 'x' }), plant(t)]
  const at = join(upper, 'm')
  const script = `mount -t tmpfs none . && cd ${upper} && mkdir u w m && \
    mount -t overlay overlay -o lowerdir=${lower},upperdir=u,workdir=w,xino=on m`
  try {
    if (spawnSync('sh', ['-c', script], { cwd: upper }).status !== 0)
      return t.diagnostic('No such file system can be mounted here.')
    for (const plain of [false, true])
      assert.deepEqual((await askFile(at, { path: ['/'] }, { plain })).paths, ['/a/b/c/file'])
  } finally {
    for (const mounted of [at, upper]) spawnSync('umount', [mounted])
  }
})

test('ten thousand directories below each other: as deep as the house goes, and the rest is told', async t => {
  const root = plant(t)
  const home = process.cwd()
  process.chdir(root)
  try {
    for (let depth = 1; depth <= 10_000; depth++) {
      mkdirSync('d')
      process.chdir('d')
      if (depth === 10 || depth === 1_000 || depth === 10_000) writeFileSync('file', '')
    }
  } finally {
    process.chdir(home)
  }
  const all = await askFile(root, { path: ['/'] })
  assert.deepEqual(all.paths, [`${'/d'.repeat(10)}/file`])
  assert.ok(all.outcome.coverage.skipped > 0, 'what lies deeper was skipped: a no would be partial')
  const asked = await askFile(root, { path: ['/'], depth: 5 })
  assert.deepEqual(
    [asked.paths.length, asked.outcome.coverage.skipped],
    [0, 0],
    'a depth that was asked for is all'
  )
  // Removed here: the runner's own way is slow at such depths.
  spawnSync('rm', ['-rf', join(root, 'd')])
  await assert.rejects(
    askFile(root, { path: ['/'], depth: LIMITS.walkDepth + 1 }),
    (error: unknown) => error instanceof GumshoeError && error.message.includes('--depth')
  )
})

test('a directory without end ends with the budget of entries', async t => {
  const root = plant(t)
  mkdirSync(join(root, 'big'))
  for (let i = 0; i < 8_000; i++) writeFileSync(join(root, `big/${i}`), '')
  const before = process.memoryUsage().rss
  const { outcome } = await askFile(root, { path: ['/big'], name: ['^x'] }, { limits: { entries: 2_000 } })
  assert.equal(outcome.limit, 'limit-entries')
  assert.equal(outcome.found, false)
  assert.ok(outcome.coverage.seen >= 1_990 && outcome.coverage.seen <= 2_000)
  assert.ok(process.memoryUsage().rss - before < 32 << 20)
})

test('an aborted walk ends with the reason, and what was found stays', async t => {
  const root = plant(t, Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`d${i % 50}/f${i}`, ''])))
  const stop = new AbortController()
  setImmediate(() => stop.abort(new GumshoeError('limit-wall', 'The wall-time limit is reached.')))
  const { outcome, rows } = await askFile(
    root,
    { path: ['/'] },
    { signal: stop.signal, limits: { rows: 100_000 } }
  )
  assert.equal(outcome.limit, 'limit-wall')
  assert.ok(rows.length < 3_000)
  assert.equal(outcome.counts['s1'], rows.length)
})

test('/proc and /sys are walked by nobody who did not ask for them', async () => {
  const { rows, outcome } = await askFile('/', { path: ['/proc', '/sys', '/proc/self/environ'] })
  assert.equal(rows.length, 0)
  assert.equal(outcome.coverage.skipped, 3, 'they were named, so a no would be a lie')
  const asked = await askFile('/', {
    path: ['/proc/self'],
    depth: 1,
    name: ['^(status|environ)$'],
    pseudo: true
  })
  assert.equal(asked.rows.length, 2)
  const flat = await askFile('/', { path: ['/'], depth: 2, name: ['^(cmdline|kmsg|meminfo)$'] })
  assert.ok(!flat.paths.some(path => path.startsWith('/proc')), 'below / they are other file systems')
})
