import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Fleet } from '../../console/tour/fleet.ts'
import { linesOf } from '../../console/tour/mesh.ts'
import type { ModuleSpec } from '../../src/modules/spec.ts'
import { askedExecutables } from '../support/asked-executables.ts'
import { askEveryExample } from '../support/every-example.ts'
import { clockAnswer } from '../support/fake-machines.ts'
import { makeFleet, type TestFleet } from '../support/fleet.ts'
import { holder } from '../support/holder.ts'

/** Modules that need the live kernel, over the mesh: a host that answers for `/` sees, one that answers for a directory says that it can't. */

const LIVE = 'web-01'

/** Names and addresses that documentation may use: nobody is there. */
const NAMES = /^(.*\.example\.org|192\.0\.2\.\d+)$/

/** One host answers for the machine itself, and not for a directory. */
class LiveFleet extends Fleet {
  override start(...[name, program, args, ...more]: Parameters<Fleet['start']>): Promise<string> {
    const root = args.indexOf('--root') + 1
    return super.start(name, program, name === LIVE ? args.with(root, '/') : args, ...more)
  }
}

let fleet: TestFleet
after(() => fleet?.remove())

test('a process that runs here is found over the mesh', { timeout: 300_000 }, async t => {
  fleet = await makeFleet(2, undefined, askedExecutables(), LiveFleet)
  const marker = `4711.${process.pid}`
  const child = spawn('/bin/sleep', [marker], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const lines = await fleet.ask(
    'process',
    '-t',
    'all',
    '--name',
    '^sleep$',
    '--cmdline',
    ` ${marker}$`,
    // What only who looks into it can see.
    '--path',
    '/sleep$',
    '--library',
    '/libc\\.so',
    '--yes'
  )
  const hosts = lines.filter(({ type }) => type === 'host')
  assert.deepEqual(hosts.map(({ state, verdict, code }) => [state, verdict, code]).sort(), [
    ['done', 'yes', null],
    ['error', null, 'unsupported']
  ])
  const rows = lines.filter(({ type }) => type === 'row')
  // The name is the question's own word; the command line stays a commitment.
  assert.deepEqual(
    rows.map(({ pid, parent, name, cmdline }) => [pid, parent, name, Object.keys(cmdline as object)]),
    [[child.pid, process.pid, { t: 'sleep' }, ['c']]]
  )
})

test('a port that somebody listens on here is found over the mesh, with who it is', {
  timeout: 300_000
}, async t => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const lines = await fleet.ask('netstat', '-t', 'all', '--listening-port', String(port), '--owner', '--yes')
  const hosts = lines.filter(({ type }) => type === 'host')
  assert.deepEqual(hosts.map(({ state, verdict, code }) => [state, verdict, code]).sort(), [
    ['done', 'yes', null],
    ['error', null, 'unsupported']
  ])
  const rows = lines.filter(({ type }) => type === 'row')
  // The port is the question's own word; addresses and users are not told.
  assert.deepEqual(
    rows.map(({ pid, localPort, local, user }) => [pid, localPort, local, user]),
    [[process.pid, { literal: 0 }, undefined, undefined]]
  )
})

test('a port and a clock of this machine are asked over the mesh', { timeout: 300_000 }, async t => {
  const server = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
  const clock = createSocket('udp4')
  clock.on('message', (question, { port }) =>
    clock.send(clockAnswer(question, Date.now(), 3_600_000), port, '127.0.0.1')
  )
  clock.bind(0, '127.0.0.1')
  t.after(() => {
    server.close()
    clock.close()
  })
  await Promise.all([once(server, 'listening'), once(clock, 'listening')])
  const { port } = server.address() as { port: number }
  const rowOf = (lines: Record<string, unknown>[]) => {
    const row = lines.find(({ type }) => type === 'row')
    assert.ok(row, JSON.stringify(lines))
    return row
  }
  const clockAt = `127.0.0.1:${clock.address().port}`
  const off = rowOf(await askOfMemory('timedrift', '--server', clockAt, '--drift', '30m'))
  assert.ok(Math.abs(Number(off['offset']) - 3_600_000) < 60_000)
  // To reach for another machine takes more than one junior: it is signed by a second person.
  const saved = join(fleet.fleet.directory, 'ping.saved')
  const words = ['--destination', '127.0.0.1', '--port', String(port), '--spread', '0', '--save', saved]
  for (const [person, args] of [
    [fleet.julien, ['ping', '-t', 'all', '--yes', ...words]],
    [fleet.anna, ['sign', saved, '--yes']]
  ] as const) {
    const done = await fleet.fleet.run('gumshoe', [...args, '--home', person])
    assert.equal(done.status, 0, done.screen)
  }
  const reached = rowOf(await fleet.ask('send', saved))
  // Addresses are guessable: told as the question's own words only.
  assert.deepEqual([reached['answered'], reached['address']], [3, { literal: 0 }])
})

/** Found on the host that is this machine; the other is a directory, which holds no process. One junior is not enough for what is sensitive. */
const askOfMemory = async (...question: string[]) => {
  const words = [...question, '-t', 'all', '--yes', '--json', '--home', fleet.anna]
  const lines = linesOf((await fleet.fleet.run('gumshoe', words)).stdout)
  const hosts = lines.filter(({ type }) => type === 'host')
  assert.deepEqual(hosts.map(({ state, verdict, code }) => [state, verdict, code]).sort(), [
    ['done', 'yes', null],
    ['error', null, 'unsupported']
  ])
  return lines
}

test('what a process here holds is found over the mesh, and no byte of it leaves the host', {
  timeout: 300_000
}, async t => {
  const needle = `gumshoe-${randomBytes(12).toString('hex')}`
  const { pid } = await holder(t, { bytes: Buffer.from(needle) })
  const pattern = `${needle.slice(0, 20)}[0-9a-f]{12}`
  const lines = await askOfMemory('memory', '--pid', String(pid), '--content', pattern)
  const rows = lines.filter(({ type }) => type === 'row')
  assert.deepEqual(
    rows.map(row => [row['pid'], Object.keys(row['name'] as object), Number(row['matches']) > 0]),
    [[pid, ['c'], true]]
  )
  assert.ok(!JSON.stringify(lines).includes(needle))
})

test('a rule holds for what a process here has in its memory, over the mesh, with rules as an attachment', {
  timeout: 300_000
}, async t => {
  const needle = `gumshoe-${randomBytes(12).toString('hex')}`
  const { pid } = await holder(t, { bytes: Buffer.from(needle) })
  const rules = join(fleet.fleet.directory, 'memory.yar')
  const others = Array.from(
    { length: 2_000 },
    (_, i) => `rule r${i} { strings: $a = "no such ${i} ${needle.slice(0, 9)}" condition: $a }`
  )
  writeFileSync(rules, [`rule planted { strings: $a = "${needle}" condition: $a }`, ...others].join('\n'))
  const lines = await askOfMemory('yaramem', '--pid', String(pid), '--rules', rules)
  const rows = lines.filter(({ type }) => type === 'row')
  assert.deepEqual(
    rows.map(row => [
      row['pid'],
      row['rule'],
      Object.keys(row['name'] as object),
      Number(row['matches']) > 0
    ]),
    [[pid, 'planted', ['c'], true]]
  )
  assert.ok(!JSON.stringify(lines).includes(needle))
})

test('every example of every module that needs the live kernel, or another machine, works as it is written', {
  timeout: 600_000
}, async t => {
  const clock = createSocket('udp4')
  clock.on('message', (question, { port }) =>
    clock.send(clockAnswer(question, Date.now(), 0), port, '127.0.0.1')
  )
  clock.bind(0, '127.0.0.1')
  t.after(() => clock.close())
  await once(clock, 'listening')
  const server = `127.0.0.1:${clock.address().port}`
  const near = (module: string, argv: readonly string[]): string[] => {
    const words = argv.map(word => (NAMES.test(word) ? (module === 'ping' ? '127.0.0.1' : server) : word))
    return module !== 'timedrift' || words.includes('--server') ? words : [...words, '--server', server]
  }
  const live = ({ anyRoot }: ModuleSpec): boolean => !anyRoot
  // The memory of everything that runs here is more than a test has time for.
  const asked = await askEveryExample(fleet, hostname(), live, ['--limit-read', '64'], near)
  assert.ok(asked > 15)
})
