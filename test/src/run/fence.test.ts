import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Looks } from '../../../src/modules/spec.ts'
import { fenceOf } from '../../../src/run/fence.ts'
import { loadNative, ownExecutables } from '../../../src/run/native.ts'
import { spawnRole } from '../../../src/run/role.ts'
import { ROOT } from '../../source-tree.ts'
import { fencedLauncher } from '../../support/launchers.ts'

/** Plays `child` behind the fence and resolves to what it said last, as JSON. */
const behindFence = async (
  t: TestContext,
  code: string,
  looks: Looks = 'files'
): Promise<Record<string, unknown>> => {
  const child = spawnRole('fence', looks, fencedLauncher(t, code))
  let said = ''
  let complained = ''
  child.stdout.on('data', chunk => (said += chunk))
  child.stderr.on('data', chunk => (complained += chunk))
  child.stdin.end()
  await new Promise(done => child.once('close', done))
  assert.notEqual(said, '', `The child said nothing: ${complained}`)
  return JSON.parse(said)
}

const TRY = `
const tried = {}
const attempt = async (name, act) => { try { await act(); tried[name] = 'went' } catch (error) { tried[name] = error.code ?? String(error) } }
`

test('a child behind the fence can neither write nor execute, reach nobody, signal nobody', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-fence-'))
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    rmSync(directory, { recursive: true, force: true })
  })
  await new Promise(done => server.once('listening', done))
  const { port } = server.address() as { port: number }
  const path = (name: string) => JSON.stringify(join(directory, name))
  const tried = await behindFence(
    t,
    `${TRY}
    const fs = require('node:fs'), cp = require('node:child_process'), net = require('node:net')
    await attempt('write', () => fs.writeFileSync(${path('a')}, 'x'))
    await attempt('write in the pool', () => fs.promises.writeFile(${path('b')}, 'x'))
    await attempt('directory', () => fs.mkdirSync(${path('c')}))
    await attempt('link', () => fs.symlinkSync('/etc', ${path('d')}))
    await attempt('fifo', () => new Promise((done, failed) => net.createServer().once('error', failed).listen(${path('s')}, done)))
    await attempt('database', () => new (require('node:sqlite').DatabaseSync)(${path('e')}).exec('create table t (x)'))
    await attempt('truncate', () => fs.truncateSync(process.argv[1], 0))
    await attempt('execute', () => { const { error } = cp.spawnSync('/bin/sh', ['-c', 'true']); if (error) throw error })
    await attempt('connect', () => new Promise((done, failed) => net.connect(${port}, '127.0.0.1').once('connect', done).once('error', failed)))
    await attempt('listen', () => new Promise((done, failed) => net.createServer().once('error', failed).listen(0, '127.0.0.1', done)))
    await attempt('datagram', () => new Promise((done, failed) => { const socket = require('node:dgram').createSocket('udp4'); socket.once('error', failed); socket.send('x', ${port}, '127.0.0.1', error => error ? failed(error) : done()) }))
    await attempt('signal', () => process.kill(process.ppid, 0))
    await attempt('memory', () => fs.openSync('/proc/' + process.ppid + '/mem', 'r'))
    await attempt('worker', () => new Promise((done, failed) => {
      const worker = new (require('node:worker_threads').Worker)('require("node:fs").writeFileSync(' + JSON.stringify(${path('w')}) + ', "x")', { eval: true })
      worker.once('error', failed).once('exit', done)
    }))
    await attempt('read', () => fs.readFileSync('/etc/passwd'))
    const status = fs.readFileSync('/proc/self/status', 'latin1')
    tried.noNewPrivileges = /NoNewPrivs:\\s*1/.test(status)
    tried.outOfMemory = fs.readFileSync('/proc/self/oom_score_adj', 'latin1').trim()
    tried.environment = Object.keys(process.env).sort().join(' ')
    tried.core = /^Max core file size\\s+0\\s+0/m.test(fs.readFileSync('/proc/self/limits', 'latin1'))
    console.log(JSON.stringify(tried)); process.exit()`
  )
  const fence = await fenceOf()
  assert.deepEqual(
    {
      noNewPrivileges: tried['noNewPrivileges'],
      core: tried['core'],
      outOfMemory: tried['outOfMemory'],
      environment: tried['environment'],
      read: tried['read']
    },
    {
      noNewPrivileges: true,
      core: true,
      outOfMemory: '1000',
      environment: 'LANG PATH TZ',
      read: 'went'
    }
  )
  // What a kernel without Landlock can't hold is told by the host's facts and not asserted here.
  if (fence === 'none') return
  for (const name of ['write', 'write in the pool', 'directory', 'link', 'fifo', 'truncate', 'execute'])
    assert.equal(tried[name], 'EACCES', name)
  for (const name of ['database', 'worker', 'memory']) assert.notEqual(tried[name], 'went', name)
  assert.deepEqual(readdirSync(directory), [])
  if (fence === 'reduced') return
  for (const name of ['connect', 'listen']) assert.notEqual(tried[name], 'went', name)
  assert.equal(tried['signal'], 'EACCES')
  // A network of its own is for who may make one.
  if (process.getuid?.() === 0) assert.notEqual(tried['datagram'], 'went')
})

test('a child whose parent is killed does not live on, though it never looks up', async t => {
  const native = await loadNative()
  if (native === undefined) return
  const launcher = fencedLauncher(t, `console.log(JSON.stringify({ pid: process.pid })); for (;;) {}`)
  const { spawn } = await import('node:child_process')
  const parent = spawn(process.execPath, [
    '-e',
    `const child = require('node:child_process').spawn(process.execPath, [${JSON.stringify(launcher)}, 'fence'], { stdio: ['pipe', 'inherit', 'inherit'] }); setInterval(() => child.pid, 1000)`
  ])
  const pid = await new Promise<number>(done =>
    parent.stdout.once('data', line => done(JSON.parse(line).pid))
  )
  assert.ok(isThere(pid))
  parent.kill('SIGKILL')
  for (let turn = 0; turn < 200 && isThere(pid); turn++) await new Promise(done => setTimeout(done, 20))
  const lives = isThere(pid)
  if (lives) process.kill(pid, 'SIGKILL')
  assert.equal(lives, false)
})

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('only the own binary and the loader that it names may be executed', () => {
  const paths = ownExecutables()
  assert.equal(paths.length, process.platform === 'linux' ? 2 : paths.length)
  assert.ok(paths[0]?.includes('node'))
})

test('a child that has begun starts no process at all, neither by a worker', async t => {
  const fence = JSON.stringify(join(ROOT, 'src/run/fence.ts'))
  const tried = await behindFence(
    t,
    `${TRY}
    const cp = require('node:child_process')
    const again = () => { const { error } = cp.spawnSync(process.execPath, ['-e', '0'], { stdio: 'inherit' }); if (error) throw error }
    await attempt('before', again)
    await (await import(${fence})).forbidExecution('files')
    await attempt('after', again)
    await attempt('worker', () => new Promise((done, failed) => {
      const worker = new (require('node:worker_threads').Worker)('const { error } = require("node:child_process").spawnSync(process.execPath, ["-e", "0"], { stdio: "inherit" }); if (error) throw error', { eval: true })
      worker.once('error', failed).once('exit', done)
    }))
    console.log(JSON.stringify(tried)); process.exit()`
  )
  assert.equal(tried['before'], 'went')
  if ((await fenceOf()) === 'none') return
  assert.equal(tried['after'], 'EACCES')
  assert.notEqual(tried['worker'], 'went')
})

test('a child that looks into processes keeps the right to, no other child does', async t => {
  if ((await fenceOf()) === 'none') return
  const rights = async (looks: Looks) =>
    (
      await behindFence(
        t,
        `const status = require('node:fs').readFileSync('/proc/self/status', 'latin1')
         console.log(JSON.stringify({ rights: /^CapEff:\\t(.*)$/m.exec(status)[1] })); process.exit()`,
        looks
      )
    )['rights']
  // CAP_DAC_READ_SEARCH is the second, CAP_SYS_PTRACE the nineteenth; who is not root has none of them.
  const isRoot = process.getuid?.() === 0
  const hex = (bits: number) => (isRoot ? bits : 0).toString(16).padStart(16, '0')
  assert.equal(await rights('files'), hex(1 << 2))
  assert.equal(await rights('processes'), hex((1 << 2) | (1 << 19)))
  assert.equal(await rights('memory'), hex((1 << 2) | (1 << 19)))
})

test('a child that asks other machines finds next to nothing to carry away, and nobody comes to it', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-fence-'))
  writeFileSync(join(directory, 'key'), 'of the agent')
  const server = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    rmSync(directory, { recursive: true, force: true })
  })
  await new Promise(done => server.once('listening', done))
  const { port } = server.address() as { port: number }
  const tried = await behindFence(
    t,
    `${TRY}
    const fs = require('node:fs'), net = require('node:net'), dns = require('node:dns/promises')
    await attempt('key', () => fs.readFileSync(${JSON.stringify(join(directory, 'key'))}))
    await attempt('key in the pool', () => fs.promises.readFile(${JSON.stringify(join(directory, 'key'))}))
    await attempt('passwords', () => fs.readFileSync('/etc/passwd'))
    await attempt('environment', () => fs.readFileSync('/proc/' + process.ppid + '/environ'))
    await attempt('hosts', () => fs.readFileSync('/etc/hosts'))
    await attempt('connect', () => new Promise((done, failed) => net.connect(${port}, '127.0.0.1').once('connect', done).once('error', failed)))
    await attempt('listen', () => new Promise((done, failed) => net.createServer().once('error', failed).listen(0, '127.0.0.1', done)))
    await attempt('unix', () => new Promise((done, failed) => net.connect('/run/x').once('connect', done).once('error', failed)))
    await attempt('resolve', () => dns.lookup('localhost'))
    console.log(JSON.stringify(tried)); process.exit()`,
    'network'
  )
  if ((await fenceOf()) === 'none') return
  const { hosts, ...others } = tried
  assert.ok(hosts === 'went' || hosts === 'ENOENT', String(hosts))
  assert.deepEqual(others, {
    key: 'EACCES',
    'key in the pool': 'EACCES',
    passwords: 'EACCES',
    environment: 'EACCES',
    connect: 'went',
    listen: 'EACCES',
    unix: 'EACCES',
    resolve: 'went'
  })
})
