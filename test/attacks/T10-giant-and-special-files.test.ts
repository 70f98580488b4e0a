import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, truncateSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { GumshoeError } from '../../src/errors.ts'
import { askFile, plant } from '../support/ask-file.ts'

/**
 * T10. Files that have no end, or that hang whoever opens or reads them. Expected: nothing but regular files is opened for
 * reading, budgets and limits end a read in the middle of a file, and memory stays flat.
 */

const MIB = 1 << 20

const sparse = (path: string, size: number): void => {
  closeSync(openSync(path, 'w'))
  truncateSync(path, size)
}

test('1 TiB of nothing: free for whoever asks for a name, and ended by the budget for whoever reads', async t => {
  const root = plant(t, { small: 'needle' })
  sparse(join(root, 'giant'), 2 ** 40)
  const named = await askFile(root, { path: ['/'], size: ['>1t'] })
  assert.deepEqual(named.paths, ['/giant'])
  const before = process.memoryUsage().rss
  const { outcome } = await askFile(
    root,
    { path: ['/giant'], content: ['needle'], bytes: ['ff00ff'], md5: ['0'.repeat(32)] },
    { limits: { readBytes: 256 * MIB } }
  )
  assert.deepEqual([outcome.limit, outcome.found], ['limit-bytes', false])
  assert.ok(process.memoryUsage().rss - before < 160 * MIB, 'memory stays flat')
})

test('a limit of time ends the read of one giant file', async t => {
  const root = plant(t)
  sparse(join(root, 'giant'), 2 ** 40)
  for (const flags of [{ md5: ['0'.repeat(32)] }, { content: ['needle'] }, { bytes: ['ff00'] }]) {
    const stop = new AbortController()
    setTimeout(() => stop.abort(new GumshoeError('limit-cpu', 'The CPU limit is reached.')), 50)
    const { outcome } = await askFile(root, { path: ['/'], ...flags }, { signal: stop.signal })
    assert.equal(outcome.limit, 'limit-cpu')
  }
})

test('FIFOs, sockets and devices hang nobody, and the thread pool stays free', async t => {
  const root = plant(t, { regular: 'needle' })
  const special = Array.from({ length: 8 }, (_, i) => join(root, `fifo${i}`))
  assert.equal(spawnSync('mkfifo', special).status, 0)
  const server = createServer().listen(join(root, 'socket'))
  await once(server, 'listening')
  t.after(() => server.close())
  // Only root may make devices; for others /dev itself stands in below.
  spawnSync('mknod', [join(root, 'zero'), 'c', '1', '5'])
  const names = ['/', '/socket', '/zero', ...special.map(path => path.slice(root.length))]
  const { paths, outcome } = await askFile(root, { path: names, content: ['needle'], sha256: true })
  assert.deepEqual(paths, ['/regular'])
  assert.deepEqual(outcome.coverage, { seen: 1, unreadable: 0, skipped: 0 })
  assert.equal((await readFile(join(root, 'regular'))).length, 6)
  const devices = await askFile('/', {
    path: ['/dev/zero', '/dev/tty', '/dev/null', '/dev/stdin'],
    content: ['x']
  })
  assert.equal(devices.rows.length, 0)
})

test('files of /proc that say they are empty, and one that never ends', async () => {
  const asked = await askFile('/', { path: ['/proc/self/status'], content: ['^Name:'], pseudo: true })
  // /proc/self is a link, and the answer says where it leads.
  assert.deepEqual(asked.paths, [`/proc/${process.pid}/status`])
  const endless = await askFile(
    '/',
    {
      path: ['/proc/kmsg', '/proc/self/pagemap', '/proc/self/mem'],
      bytes: ['00112233445566778899aabbccddeeff'],
      pseudo: true
    },
    { limits: { readBytes: 64 * MIB } }
  )
  assert.equal(endless.outcome.found, false)
})

test('a file that grows faster than it is read ends where it ended when it was opened', async t => {
  const root = plant(t, { log: 'x'.repeat(MIB) })
  const grower = `
    const { openSync, writeSync } = require('node:fs')
    const fd = openSync('log', 'a'), block = Buffer.alloc(1 << 20, 'x')
    for (let i = 0; i < 150; i++) { writeSync(fd, block); if (i === 0) process.stdout.write('go') }`
  const child = spawn(process.execPath, ['-e', grower], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout!, 'data')
  for (let i = 0; i < 2; i++) {
    const { outcome } = await askFile(root, { path: ['/'], content: ['needle'] })
    assert.equal(outcome.found, false)
  }
  child.kill('SIGKILL')
})

test('a bomb is unpacked up to the cap and no further', async t => {
  const zeros = Buffer.alloc(64 * MIB)
  const root = plant(t, {
    'good.gz': gzipSync('needle\n'.repeat(100)),
    'good.zst': zstdCompressSync(Buffer.from('needle\n'.repeat(100))),
    'plain.txt': 'needle\n',
    'fake.gz': Buffer.from([0x1f, 0x8b, 1, 2, 3]),
    'cut.gz': gzipSync(Buffer.alloc(MIB, 'needle')).subarray(0, 200)
  })
  const fd = openSync(join(root, 'bomb.gz'), 'w')
  const member = gzipSync(zeros)
  for (let i = 0; i < 5; i++) writeSync(fd, member)
  closeSync(fd)
  const before = process.memoryUsage().rss
  const plain = await askFile(root, { path: ['/'], content: ['^needle$'] })
  assert.deepEqual(plain.paths, ['/plain.txt'])
  const inside = await askFile(root, { path: ['/'], bytes: ['6e6565646c650a'], decompress: true })
  assert.deepEqual(inside.paths, ['/good.gz', '/good.zst', '/plain.txt'])
  const lines = await askFile(root, {
    path: ['/'],
    content: ['^needle$'],
    exclude: ['*/bomb.gz'],
    decompress: true
  })
  assert.deepEqual(lines.paths, inside.paths)
  assert.ok(inside.outcome.coverage.unreadable >= 2, 'what could not be unpacked to its end may hold it')
  assert.ok(process.memoryUsage().rss - before < 256 * MIB)
})
