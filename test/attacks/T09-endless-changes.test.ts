import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fswatch } from '../../src/modules/fswatch.ts'
import type { Part } from '../../src/modules/spec.ts'
import { stand } from '../../src/run/run.ts'
import { ownHost } from '../../src/trust/permit.ts'
import { plant } from '../support/ask-file.ts'
import { PLAIN_LAUNCHER } from '../support/launchers.ts'
import { eventually as soon } from '../support/members.ts'
import { WatchedRoot } from '../support/watching.ts'

/**
 * T9. Somebody on a watched host changes files without end, or swaps what is watched, to end the watch, to fill the host or
 * the mesh, to have files outside told, or to pass unseen. Expected: what is told stays within its room, what is left out is
 * counted, nothing outside is looked at, and when the storm is over the watch knows what is there.
 */

const eventually = (what: string, holds: () => boolean) => soon(what, holds, 60_000)
const begun = (watched: WatchedRoot) => eventually('it watches', () => watched.parts.length > 0)
const knows = (watched: WatchedRoot): string[] =>
  watched.remembered.map(([key]) => Buffer.from(key).toString('latin1')).sort()

test('more files come at once than the kernel has room to tell of: counted, within the room, and the run goes on', async t => {
  const root = plant(t, { 'd/first': '' })
  const end = new AbortController()
  const parts: Part[] = []
  const params = fswatch.fromFlags({ recursive: ['/d'] }, 0) as Record<string, unknown>
  const room = { rows: 100, bytes: 100_000 }
  const running = stand(
    ownHost(),
    { id: 'o1', spec: fswatch as never, params },
    {
      ...{ root, asOf: 0, limits: fswatch.limits.defaults, entry: PLAIN_LAUNCHER, room, end: end.signal },
      take: async part => {
        parts.push(part)
        return room
      }
    }
  )
  t.after(() => end.abort())
  await eventually('it watches', () => parts.length > 0)
  // Its queue holds 16,384 events, and each of these is three.
  const files = 12_000
  for (let i = 0; i < files; i++) writeFileSync(join(root, `d/f${i}`), '')
  const told = () => parts.reduce((sum, { rows, left }) => sum + rows.length + left, 0)
  await eventually('all are told or counted', () => told() >= files)
  rmSync(join(root, 'd/f0'))
  end.abort()
  const { state, verdict, coverage, errors } = await running
  assert.deepEqual([state, verdict], ['done', 'yes'])
  assert.ok(parts.every(({ rows }) => rows.length <= room.rows) && parts.some(({ left }) => left > 0))
  assert.equal(coverage!.skipped, errors!['overflow'] ?? 0, 'where its queue was full, that is told')
})

test('directories that are renamed, removed and made anew without end are known as they are at the end', async t => {
  const root = plant(t, { 'a/x': '1', 'b/y': '1' })
  const watched = await WatchedRoot.begin(t, root)
  await begun(watched)
  for (let i = 0; i < 1_000; i++) {
    renameSync(join(root, 'a'), join(root, 'c'))
    if (i % 10 === 0) {
      rmSync(join(root, 'b'), { recursive: true })
      mkdirSync(join(root, 'b'))
      writeFileSync(join(root, 'b/y'), `${i}`)
      await sleep(5)
    }
    renameSync(join(root, 'c'), join(root, 'a'))
  }
  writeFileSync(join(root, 'b/z'), '')
  await eventually('the storm is over', () => watched.changes.includes('created /b/z'))
  await watched.end()
  assert.deepEqual(knows(watched), ['/a/x', '/b/y', '/b/z'])
})

test('a directory that is swapped for a link again and again has nothing outside looked at', async t => {
  const outside = plant(t, { secret: 'never to be hashed' })
  const digest = createHash('sha256').update('never to be hashed').digest('hex')
  const root = plant(t, { 'd/secret': 'inside' })
  const watched = await WatchedRoot.begin(t, root)
  await begun(watched)
  for (let i = 0; i < 300; i++) {
    renameSync(join(root, 'd'), join(root, 'e'))
    symlinkSync(outside, join(root, 'd'))
    writeFileSync(join(outside, 'secret'), 'never to be hashed')
    if (i % 20 === 0) await sleep(20)
    rmSync(join(root, 'd'))
    renameSync(join(root, 'e'), join(root, 'd'))
  }
  symlinkSync(outside, join(root, 'l'))
  await eventually('the storm is over', () => watched.changes.includes('created /l'))
  await watched.end()
  const all = JSON.stringify(watched.parts.map(({ rows }) => rows))
  const kept = watched.remembered.map(([, value]) => Buffer.from(value).toString()).join()
  assert.ok(!all.includes(digest) && !kept.includes(digest))
  assert.deepEqual(knows(watched), ['/d/secret', '/l'])
})

test('names that do things to a terminal are bytes, a file that grows is read to where it reached', async t => {
  const root = plant(t, { 'd/log': '' })
  const watched = await WatchedRoot.begin(t, root)
  await begun(watched)
  const name = Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0x0a])
  const grow = growing(t, join(root, 'd/log'))
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), '')
  await eventually('the name is told', () =>
    watched.changes.some(change => change === `created /${name.toString('latin1')}`)
  )
  await eventually('the file is told', () => watched.changes.includes('changed /d/log'))
  grow.stop()
  writeFileSync(join(root, 'after'), '')
  await eventually('what comes then is told too', () => watched.changes.includes('created /after'))
})

/** A file of some MB that somebody writes on and on. */
const growing = (t: TestContext, path: string) => {
  truncateSync(path, 4 << 20)
  const timer = setInterval(() => appendFileSync(path, Buffer.alloc(1 << 16, 1)), 10)
  const stop = () => clearInterval(timer)
  t.after(stop)
  return { stop }
}

test('what the kernel does not tell (a write by a name outside) is found at the end, and no "no"', async t => {
  const root = plant(t, { 'in/x': 'honest', 'out/none': '' })
  linkSync(join(root, 'in/x'), join(root, 'out/y'))
  const watched = await WatchedRoot.begin(t, root, { flags: { recursive: ['/in'] } })
  await begun(watched)
  writeFileSync(join(root, 'out/y'), 'hidden')
  const { found } = await watched.end()
  assert.deepEqual([watched.changes, found], [['changed /in/x'], true])
})

test('a run that has used up its CPU time looks later, and is not ended by who changes files', async t => {
  const root = plant(t, { a: '' })
  const watched = await WatchedRoot.begin(t, root, { limits: { cpuMs: 1 } })
  await sleep(1_500)
  writeFileSync(join(root, 'b'), '')
  await sleep(500)
  const { limit } = await watched.end()
  assert.equal(limit, undefined)
})
