import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LIMITS } from '../../../../../src/limits.ts'
import { fswatch } from '../../../../../src/modules/fswatch.ts'
import { Notifier } from '../../../../../src/modules/lib/fswatch/notifier.ts'
import type { NotifyCalls } from '../../../../../src/modules/lib/fswatch/notify-calls.ts'
import { SeenFiles } from '../../../../../src/modules/lib/fswatch/seen-files.ts'
import { readPart } from '../../../../../src/run/parts.ts'

const calls = (change: Partial<NotifyCalls>): NotifyCalls => ({
  open: () => 3,
  watch: () => 1,
  forget: () => undefined,
  close: () => undefined,
  read: () => 0,
  ...change
})

test('whatever bytes the queue holds, nothing is thrown and no path is made of nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      let given = false
      const read = (_: number, into: Buffer): number => {
        if (given) return 0
        given = true
        into.set(bytes)
        return bytes.length
      }
      const notifier = new Notifier(calls({ read }))
      notifier.enter(Buffer.from('/'), '')
      notifier.drain()
      for (const path of notifier.take().keys()) assert.match(path, /^\/[\s\S]+$/)
    })
  )
})

test('where the kernel watches no more, that is counted, and what was entered before stays', () => {
  let left = 2
  const watch = (): number => {
    if (left-- === 0) throw Object.assign(new Error('no'), { code: 'ENOSPC' })
    return left
  }
  const notifier = new Notifier(calls({ watch }))
  for (const path of ['/a', '/b', '/c']) notifier.enter(Buffer.from(path), path)
  assert.equal(notifier.unwatched, 1)
  const forgotten: number[] = []
  const other = new Notifier(
    calls({ watch: (_, path) => path.length, forget: (_, n) => void forgotten.push(n) })
  )
  other.enter(Buffer.from('/a'), '/a')
  other.enter(Buffer.from('/bb'), '/bb')
  other.begin()
  other.enter(Buffer.from('/bb'), '/bb')
  other.end()
  assert.deepEqual(forgotten, [2], 'what is not there any more is watched no longer')
})

test('a user who has no queue left, and a system without any, watch nothing', () => {
  const none = new Notifier(undefined)
  const refused = new Notifier(
    calls({
      open: () => {
        throw Object.assign(new Error('no'), { code: 'EMFILE' })
      }
    })
  )
  for (const notifier of [none, refused]) {
    notifier.enter(Buffer.from('/'), '')
    notifier.drain()
    assert.deepEqual([notifier.unwatched, notifier.stirred], [1, false])
    notifier.close()
  }
})

test('what is remembered comes back as it was, garbage is left out, and there is no room for more than there may be', () => {
  const seen = { kind: 'file', mode: 0o644, uid: 1, gid: 2, size: 3, mtimeMs: 4.5, ctimeMs: -1 } as const
  const files = new SeenFiles()
  files.set('/a\xff\n', seen)
  files.set('/b', { ...seen, sha256: 'a'.repeat(64) })
  const kept = files.takeChanged() as [Uint8Array, Uint8Array][]
  assert.deepEqual(files.takeChanged(), [])
  const again = new SeenFiles(kept)
  assert.deepEqual(
    again.paths().map(path => ({ ...again.get(path) })),
    [
      { ...seen, sha256: undefined },
      { ...seen, sha256: 'a'.repeat(64) }
    ]
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.uint8Array(), fc.uint8Array())), remembered => {
      assert.equal(new SeenFiles(remembered).size, 0)
    })
  )
  for (let i = 0; i < LIMITS.standingEntries; i++) files.set(`/${i}`, seen)
  assert.deepEqual(
    [files.size, files.set('/more', seen), files.set('/b', seen)],
    [LIMITS.standingEntries, false, true]
  )
})

test('a part of a child that was taken over is none, or within what it may say', () => {
  const room = { rows: 3, bytes: 1_000 }
  const any = fc.anything({ maxDepth: 3 })
  const part = fc.record({ rows: any, left: any, coverage: any, errors: any, remember: any })
  fc.assert(
    fc.property(fc.oneof(any, part, fc.record({ rows: fc.constant([]), remember: fc.array(any) })), told => {
      const read = readPart(told, fswatch, room)
      if (read === undefined) return
      assert.ok(read.rows.length <= 3 && read.left >= 0 && read.coverage.seen >= 0)
      for (const [key] of read.remember) assert.ok(key instanceof Uint8Array)
    })
  )
})
