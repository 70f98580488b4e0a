import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { process as processes } from '../../../src/modules/process.ts'
import type { Host, Row } from '../../../src/modules/spec.ts'
import { plant } from '../../support/ask-file.ts'
import { askModule } from '../../support/ask-module.ts'
import { fakeProcess, statText } from '../../support/fake-proc.ts'

const ask = (flags: Record<string, unknown>, root = '/', limits: Partial<Host['limits']> = {}) =>
  askModule(processes, root, flags, { limits })

const text = (cell: unknown): string => Buffer.from(cell as Uint8Array).toString()

/** A program of its own in a directory of the test, that runs until the test ends. */
const sleeper = async (t: TestContext, ...options: Parameters<typeof spawn>[2][]) => {
  const directory = plant(t)
  const program = join(directory, 'gumshoe-sleep')
  copyFileSync('/bin/sleep', program)
  const child = spawn(program, ['4711'], { stdio: 'ignore', ...options[0] })
  t.after(() => child.kill('SIGKILL'))
  await new Promise(done => child.once('spawn', done))
  return {
    program,
    pid: child.pid!,
    sha256: createHash('sha256').update(readFileSync(program)).digest('hex')
  }
}

const pids = (rows: readonly Row[]) => rows.map(row => row['pid'])

test('a planted process is found by each thing that it is', async t => {
  const began = Math.floor(Date.now() / 1_000) * 1_000 - 2_000
  const { program, pid, sha256 } = await sleeper(t)
  const held = join(plant(t, { held: '' }), 'held')
  const other = await sleeper(t, { stdio: [openSync(held, 'r'), 'ignore', 'ignore'] })
  const path = `^${program}$`
  const since = `>${new Date(began).toISOString().slice(0, 19)}Z`
  const ways: Record<string, unknown>[] = [
    { cmdline: ['gumshoe-sleep 4711$'] },
    { user: [String(process.getuid!())] },
    { parent: [String(process.pid)] },
    { started: [since] },
    { sha2: [sha256] },
    { library: ['/libc[.-]'] },
    { name: ['^gumshoe-sleep$'] }
  ]
  for (const way of ways) {
    const { rows, outcome } = await ask({ path: [path], ...way })
    assert.deepEqual([pids(rows), outcome.found], [[pid], true], JSON.stringify(way))
  }
  const { rows } = await ask({
    file: [`^${held}$`],
    name: ['^gumshoe-sleep$'],
    sha256: true
  })
  assert.deepEqual(pids(rows), [other.pid])
  assert.deepEqual(
    [text(rows[0]!['file']), text(rows[0]!['path']), text(rows[0]!['cmdline']), rows[0]!['sha256']],
    [held, other.program, `${other.program} 4711`, sha256]
  )
  assert.ok(Math.abs((rows[0]!['started'] as number) - began) < 60_000)
})

test('what does not hold finds nothing, and that is a no', async t => {
  const { program, pid } = await sleeper(t)
  const path = [`^${program}$`]
  for (const way of [
    { name: ['!^gumshoe-sleep$'] },
    { parent: ['1'] },
    { user: ['no-such-user'] },
    { sha2: ['0'.repeat(64)] },
    { library: ['!/libc[.-]'] },
    { started: ['>999d'] },
    { deleted: true },
    { socket: ['.'] }
  ]) {
    const { rows } = await ask({ cmdline: ['gumshoe-sleep 4711'], path, ...way })
    assert.deepEqual(rows, [], JSON.stringify(way))
  }
  const { rows } = await ask({ path, socket: ['!.'], file: ['!/no/such'] })
  assert.deepEqual(pids(rows), [pid])
})

test('a deleted executable is hashed as it runs, and its name is told without the mark', async t => {
  const { program, pid, sha256 } = await sleeper(t)
  rmSync(program)
  writeFileSync(program, 'something else')
  const { rows } = await ask({ deleted: true, sha2: [sha256], sha256: true })
  assert.deepEqual(
    rows.map(row => [row['pid'], row['deleted'], row['sha256'], text(row['path'])]),
    [[pid, true, sha256, program]]
  )
})

test('a socket is found by its text, with the process that holds it', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise(done => server.once('listening', done))
  const { port } = server.address() as { port: number }
  const { rows } = await ask({ socket: [`^tcp listen 127\\.0\\.0\\.1:${port}$`] })
  assert.deepEqual(
    rows.map(row => [row['pid'], row['socket']]),
    [[process.pid, `tcp listen 127.0.0.1:${port}`]]
  )
})

/** A host with a small tree: 1 → 10 → 11 → 12, 1 → 20. */
const tree = (t: TestContext) => {
  const root = plant(t)
  const proc = join(root, 'proc')
  const names: [number, number, string][] = [
    [1, 0, 'init'],
    [10, 1, 'web'],
    [11, 10, 'sh'],
    [12, 11, 'cat'],
    [20, 1, 'cron']
  ]
  for (const [pid, parent, name] of names) fakeProcess(proc, pid, { name, parent, started: pid })
  return { root, proc }
}

test('a tree has what is above and below, parents first', async t => {
  const { root, proc } = tree(t)
  const asked = async () =>
    (await ask({ name: ['^sh$'], tree: true }, root)).rows.map(row =>
      [row['pid'], row['depth'], row['relation']].join(' ')
    )
  assert.deepEqual(await asked(), ['1 0 ancestor', '10 1 ancestor', '11 2 match', '12 3 descendant'])
  // A circle, as no kernel makes it, ends all the same.
  fakeProcess(proc, 1, { name: 'init', parent: 12, started: 12 })
  fakeProcess(proc, 10, { name: 'web', parent: 1, started: 12 })
  fakeProcess(proc, 11, { name: 'sh', parent: 10, started: 12 })
  assert.deepEqual(new Set((await asked()).map(line => line.split(' ')[0])), new Set(['1', '10', '11', '12']))
})

test('a parent that started later than its child is none: it has the number of one that ended', async t => {
  const { root, proc } = tree(t)
  assert.deepEqual(pids((await ask({ parent: ['^web$'] }, root)).rows), [11])
  fakeProcess(proc, 10, { name: 'web', parent: 1, started: 99 })
  assert.deepEqual((await ask({ parent: ['^web$'] }, root)).rows, [])
})

test('a number that is given again between two reads mixes no two processes', async t => {
  const { root, proc } = tree(t)
  rmSync(join(proc, '12'), { recursive: true })
  const running = processes.run(processes.fromFlags({ name: ['.'] }, 0), {
    root,
    signal: new AbortController().signal,
    asOf: 0,
    limits: processes.limits.defaults
  })
  const first = (await running.next()).value as Row
  assert.equal(first['pid'], 1)
  // The table was read before the first row; these are others by now.
  fakeProcess(proc, 10, { name: 'other', cmdline: 'other', started: 500 })
  rmSync(join(proc, '11'), { recursive: true })
  const second = (await running.next()).value as Row
  assert.equal(second['pid'], 20)
  const end = await running.next()
  assert.deepEqual(
    [end.done, (end.value as { coverage: unknown }).coverage],
    [true, { seen: 4, unreadable: 0, skipped: 0 }]
  )
})

test('what could not be seen makes it partial, but only where the rest holds', async t => {
  const { root, proc } = tree(t)
  // A link to itself can be read by nobody.
  for (const pid of [10, 20]) symlinkSync('exe', join(proc, String(pid), 'exe'))
  const unreadable = async (flags: Record<string, unknown>) =>
    (await ask(flags, root)).outcome.coverage.unreadable
  assert.equal(await unreadable({ path: ['evil'] }), 2)
  assert.equal(await unreadable({ path: ['evil'], name: ['^web$'] }), 1)
  assert.equal(await unreadable({ name: ['.'] }), 0)
  assert.equal(await unreadable({ path: ['evil'], name: ['^nothing$'] }), 0)
})

test('a host without /proc, or a process whose stat says nonsense, was not seen', async t => {
  const none = await ask({ name: ['.'] }, plant(t))
  assert.deepEqual([none.rows.length, none.outcome.coverage.unreadable], [0, 1])
  const root = plant(t, { 'proc/1/stat': '1 (x', 'proc/2/stat': statText(2, 'good') })
  const { rows, outcome } = await ask({ name: ['.'] }, root)
  assert.deepEqual([pids(rows), outcome.coverage.unreadable], [[2], 1])
})

test('limits end it with their codes', async t => {
  const { root, proc } = tree(t)
  const limit = async (flags: Record<string, unknown>, limits: Record<string, number>) => {
    const { rows, outcome } = await ask(flags, root, limits)
    return [rows.length, outcome.limit]
  }
  assert.deepEqual(await limit({ name: ['.'] }, { entries: 3 }), [0, 'limit-entries'])
  assert.deepEqual(await limit({ name: ['.'], tree: true }, { rows: 2 }), [2, 'limit-rows'])
  assert.deepEqual(await limit({ name: ['.'] }, { outputBytes: 1 }), [0, 'limit-bytes'])
  mkdirSync(join(root, 'bin'))
  writeFileSync(join(root, 'bin/web'), 'x'.repeat(100))
  symlinkSync(join(root, 'bin/web'), join(proc, '10/exe'))
  assert.deepEqual(await limit({ md5: ['0'.repeat(32)] }, { readBytes: 10 }), [0, 'limit-bytes'])
})

test('questions without a check, and wrong values, are refused by the name of the flag', () => {
  for (const [flags, message] of [
    [{}, /at least one thing/],
    [{ tree: true, sha256: true }, /at least one thing/],
    [{ name: ['('] }, /--name/],
    [{ library: [''] }, /--library/],
    [{ md5: ['abc'] }, /--md5/],
    [{ started: ['yesterday'] }, /--started/]
  ] as const)
    assert.throws(() => processes.fromFlags(flags, 0), message)
})

test('it says what it asks', () => {
  const say = (flags: Record<string, unknown>) => processes.say(processes.fromFlags(flags, 0))
  assert.equal(
    say({ name: ['^sshd$', '!x'], user: ['root'], deleted: true, tree: true }),
    'processes named ^sshd$ and not named x and of user root and whose executable is deleted, with all above and below them. Changes nothing.'
  )
  assert.deepEqual(processes.literals(processes.fromFlags({ name: ['^sshd$', 'a.*'], user: ['root'] }, 0)), [
    'sshd',
    'root'
  ])
})
