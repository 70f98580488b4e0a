import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fswatch } from '../../../src/modules/fswatch.ts'
import { MODULES } from '../../../src/modules/index.ts'
import type { NotifyCalls } from '../../../src/modules/lib/fswatch/notify-calls.ts'
import { moduleId } from '../../../src/modules/spec.ts'
import { isStanding } from '../../../src/modules/standing.ts'
import { plant } from '../../support/ask-file.ts'
import { eventually as soon } from '../../support/members.ts'
import { WatchedRoot } from '../../support/watching.ts'

/** A machine under load is slow, not wrong. */
const eventually = (what: string, holds: () => boolean) => soon(what, holds, 60_000)
const told = (watched: WatchedRoot, ...changes: string[]) =>
  eventually(`${changes.join(', ')} is told`, () => changes.every(change => watched.changes.includes(change)))
const begun = (watched: WatchedRoot) => eventually('it watches', () => watched.parts.length > 0)

test('the modules that stand are those of the closed list', () => {
  for (const spec of MODULES) assert.equal(spec.watch !== undefined, isStanding(moduleId(spec)), spec.name)
})

test('what is created, changed, removed, made setuid or given away is told, and nothing else', async t => {
  const root = plant(t, { a: 'a', b: 'b', c: 'c', d: 'd', 'x/y': 'y' })
  const watched = await WatchedRoot.begin(t, root)
  await begun(watched)
  assert.deepEqual([watched.parts[0]!.rows, watched.parts[0]!.coverage.seen], [[], 5])
  writeFileSync(join(root, 'a'), 'a')
  writeFileSync(join(root, 'b'), 'B')
  rmSync(join(root, 'c'))
  chmodSync(join(root, 'd'), 0o4711)
  if (process.getuid?.() === 0) chownSync(join(root, 'x/y'), 7, 7)
  mkdirSync(join(root, 'new/deep'), { recursive: true })
  writeFileSync(join(root, 'new/deep/e'), 'e')
  symlinkSync('/etc/passwd', join(root, 'l'))
  await told(watched, 'changed /b', 'removed /c', 'mode /d', 'created /new/deep/e', 'created /l')
  if (process.getuid?.() === 0) await told(watched, 'owner /x/y')
  renameSync(join(root, 'new'), join(root, 'old'))
  await told(watched, 'removed /new/deep/e', 'created /old/deep/e')
  writeFileSync(join(root, 'old/deep/f'), 'f')
  await told(watched, 'created /old/deep/f')
  const outcome = await watched.end()
  assert.ok(!watched.changes.some(change => change.endsWith(' /a')), 'written again, with the same in it')
  assert.deepEqual([outcome.found, outcome.coverage.skipped], [true, 0])
  const changed = watched.parts.flatMap(({ rows }) => rows).find(({ change }) => change === 'changed')!
  assert.notEqual(changed['sha256'], changed['sha256-before'])
})

test('bytes that are changed behind times that are set back are told', async t => {
  const root = plant(t, { a: 'aaaa' })
  const watched = await WatchedRoot.begin(t, root)
  await begun(watched)
  const { atime, mtime } = statSync(join(root, 'a'))
  writeFileSync(join(root, 'a'), 'bbbb')
  utimesSync(join(root, 'a'), atime, mtime)
  await told(watched, 'changed /a')
})

test('a later life tells what differs from what the earlier one remembered', async t => {
  const root = plant(t, { same: '1', other: '1', gone: '1' })
  const first = await WatchedRoot.begin(t, root)
  await begun(first)
  await first.end()
  writeFileSync(join(root, 'other'), '2')
  rmSync(join(root, 'gone'))
  writeFileSync(join(root, 'new'), '1')
  const second = await WatchedRoot.begin(t, root, { remembered: first.remembered })
  await begun(second)
  assert.deepEqual(second.changes.sort(), ['changed /other', 'created /new', 'removed /gone'])
  assert.ok(second.parts[0]!.rows.every(row => row['while-down'] === true))
  const { coverage, errors } = await second.end()
  assert.deepEqual([coverage.skipped, errors['while-down']], [1, 1], 'what came and went nobody saw')
  const third = await WatchedRoot.begin(t, root, { remembered: second.remembered })
  await begun(third)
  assert.deepEqual(third.changes, [])
})

test('what has no room is counted, and remembered all the same', async t => {
  const root = plant(t, {})
  const watched = await WatchedRoot.begin(t, root, { room: { rows: 3, bytes: 1 << 20 } })
  await begun(watched)
  for (let i = 0; i < 20; i++) writeFileSync(join(root, `f${i}`), '')
  await eventually('all are seen', () => watched.parts.at(-1)!.coverage.seen === 20)
  const sum = watched.parts.reduce((all, { rows, left }) => all + rows.length + left, 0)
  assert.equal(sum, 20)
  assert.ok(watched.parts.every(({ rows }) => rows.length <= 3) && watched.parts.some(({ left }) => left > 0))
  assert.equal(watched.remembered.length, 20)
})

test('a path that was named and is not there is told, until it is; those of a profile are not', async t => {
  const root = plant(t, { a: 'a' })
  const once = fswatch.run(fswatch.fromFlags({ path: ['/none', '/nor/this', '/a'] }, 0), {
    ...{ root, signal: new AbortController().signal, asOf: 0, limits: fswatch.limits.defaults }
  })
  let next = await once.next()
  while (!next.done) next = await once.next()
  assert.deepEqual(next.value.errors, { 'path-missing': 2 })
  assert.deepEqual([next.value.coverage.skipped, next.value.coverage.unreadable], [0, 0])
  const watched = await WatchedRoot.begin(t, root, { flags: { recursive: ['/later'] }, notify: 'none' })
  await begun(watched)
  assert.equal(watched.parts[0]!.errors['path-missing'], 1)
  mkdirSync(join(root, 'later'))
  assert.equal((await watched.end()).errors['path-missing'], undefined)
  const usual = await WatchedRoot.begin(t, root, { flags: { profile: ['mig'] } })
  await begun(usual)
  assert.equal(usual.parts[0]!.errors['path-missing'], undefined)
})

test('without inotify it looks again: at the end too, and says that it is blind between', async t => {
  const root = plant(t, { a: 'a' })
  const watched = await WatchedRoot.begin(t, root, { notify: 'none' })
  await begun(watched)
  writeFileSync(join(root, 'b'), 'b')
  const { coverage, errors } = await watched.end()
  assert.deepEqual(watched.changes, ['created /b'])
  assert.deepEqual([coverage.skipped, errors['unwatched']], [1, 1])
})

/** An event as the kernel writes it. */
const event = (watch: number, mask: number, name = ''): Buffer => {
  const bytes = Buffer.alloc(16 + (name === '' ? 0 : 16))
  bytes.writeInt32LE(watch, 0)
  bytes.writeUInt32LE(mask, 4)
  bytes.writeUInt32LE(bytes.length - 16, 12)
  bytes.write(name, 16, 'latin1')
  return bytes
}

test('a queue that was full has everything looked at again, and makes a "no" partial', async t => {
  const root = plant(t, { a: 'a' })
  const events: Buffer[] = []
  const notify: NotifyCalls = {
    open: () => 1,
    watch: () => 1,
    forget: () => undefined,
    close: () => undefined,
    read: (_, into) => events.shift()?.copy(into) ?? 0
  }
  const watched = await WatchedRoot.begin(t, root, { notify })
  await begun(watched)
  writeFileSync(join(root, 'b'), 'b')
  events.push(event(-1, 0x4000))
  await told(watched, 'created /b')
  const { coverage, errors } = await watched.end()
  assert.deepEqual([coverage.skipped, errors['overflow']], [1, 1])
})

test('flat is one level, names and globs choose, a single file is watched alone', async t => {
  const root = plant(t, {
    'flat/in/deep': '1',
    'deep/in/x.php': '1',
    'deep/cache/x.php': '1',
    'one/file': '1',
    'one/other': '1'
  })
  const flags = {
    path: ['/flat', '/one/file'],
    recursive: ['/deep'],
    exclude: ['*/cache/*'],
    name: ['!\\.tmp$']
  }
  const watched = await WatchedRoot.begin(t, root, { flags })
  await begun(watched)
  assert.equal(watched.parts[0]!.coverage.seen, 2)
  for (const file of [
    'flat/in/deep',
    'deep/cache/x.php',
    'one/other',
    'deep/a.tmp',
    'flat/new',
    'deep/in/x.php',
    'one/file'
  ])
    writeFileSync(join(root, file), 'other')
  await told(watched, 'created /flat/new', 'changed /deep/in/x.php', 'changed /one/file')
  await watched.end()
  assert.equal(watched.changes.length, 3, watched.changes.join())
})

test('of a file above the limit, size and times are told without a digest', async t => {
  const root = plant(t, { big: '' })
  truncateSync(join(root, 'big'), 2 << 20)
  const watched = await WatchedRoot.begin(t, root, { flags: { recursive: ['/'], 'hash-limit': 1 } })
  await begun(watched)
  appendFileSync(join(root, 'big'), 'x')
  await told(watched, 'changed /big')
  const row = watched.parts.flatMap(({ rows }) => rows)[0]!
  assert.deepEqual([row['sha256'], row['size']], [undefined, (2 << 20) + 1])
})

test('what came and went is told where it is asked for', async t => {
  const root = plant(t, { d: '' })
  const flags = { recursive: ['/'], what: ['transient'] }
  const watched = await WatchedRoot.begin(t, root, { flags })
  await begun(watched)
  for (let i = 0; i < 3; i++) {
    writeFileSync(join(root, 'flash'), '')
    rmSync(join(root, 'flash'))
  }
  await told(watched, 'transient /flash')
})

test('flags: profiles, and what is wrong', () => {
  const { flat, recursive } = fswatch.fromFlags({ profile: ['mig'] }, 0)
  assert.ok(flat?.includes('/usr/bin') && recursive?.includes('/etc'))
  for (const flags of [
    {},
    { path: ['etc'] },
    { path: ['/a'], what: ['all'] },
    { profile: ['x'] },
    { path: ['/a'], name: ['('] },
    { path: ['/a'], 'hash-limit': -1 }
  ])
    assert.throws(() => fswatch.fromFlags(flags, 0), { code: 'bad-params' }, JSON.stringify(flags))
})
