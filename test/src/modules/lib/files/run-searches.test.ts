import assert from 'node:assert/strict'
import { test } from 'node:test'
import { file } from '../../../../../src/modules/file.ts'
import type { FileCalls } from '../../../../../src/modules/lib/host/file-calls.ts'
import { sizeOf } from '../../../../../src/modules/lib/run-limits.ts'
import { fileCalls } from '../../../../../src/run/file-calls.ts'
import { askFile, plant } from '../../../../support/ask-file.ts'

const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i % 7}/file-${i}`, 'x']))

test('the limit of output ends a run before the agent would have to, by the same measure', async t => {
  const root = plant(t, many(200))
  const { rows, outcome } = await askFile(root, { path: ['/'] }, { limits: { outputBytes: 5_000 } })
  const size = rows.reduce((sum, row) => sum + sizeOf(row), 0)
  assert.deepEqual([outcome.limit, outcome.found], ['limit-bytes', true])
  assert.ok(size <= 5_000 && size > 4_500, String(size))
  assert.equal(outcome.counts['s1'], rows.length)
})

test('the budget of reading ends a run, with what was found before', async t => {
  const root = plant(t, many(100))
  const { rows, outcome } = await askFile(
    root,
    { path: ['/'], content: ['x'] },
    { limits: { readBytes: 40 } }
  )
  assert.deepEqual([rows.length, outcome.limit], [40, 'limit-bytes'])
})

test('a file is read no further than any check needs it', async t => {
  const root = plant(t, { big: `first\n${'x'.repeat(1 << 20)}`, rest: 'x' })
  const md5 = ['0'.repeat(32)]
  for (const flags of [{ content: ['!first'], md5 }, { content: ['first'] }, { bytes: ['6669727374'] }]) {
    const { outcome } = await askFile(root, { path: ['/big'], ...flags }, { limits: { readBytes: 300_000 } })
    assert.equal(outcome.limit, undefined, JSON.stringify(flags))
  }
  const all = await askFile(root, { path: ['/big'], md5 }, { limits: { readBytes: 300_000 } })
  assert.equal(all.outcome.limit, 'limit-bytes')
})

test('kinds of errors are told as many as the question asks for', async t => {
  const root = plant(t, { 'a.gz': Buffer.from([0x1f, 0x8b, 1, 2]), b: 'x' })
  const flags = { path: ['/'], content: ['y'], decompress: true }
  assert.deepEqual((await askFile(root, flags)).outcome.errors, { unreadable: 1 })
  const none = (await askFile(root, { ...flags, 'max-errors': 0 })).outcome
  assert.deepEqual([none.errors, none.coverage.unreadable], [{}, 1])
})

test('whoever cancels is not told of limits: the reason is thrown', async t => {
  const stop = new AbortController()
  stop.abort(new Error('cancelled by a person'))
  await assert.rejects(
    askFile(plant(t, { a: '' }), { path: ['/'] }, { signal: stop.signal }),
    /cancelled by a person/
  )
})

/** The calls of the system, counted; opening a file whose name begins with `closed` is not permitted. */
const watched = (calls: FileCalls) => {
  const open = new Set<number>()
  const seen = { looks: 0, opens: 0, left: () => open.size }
  const watching: FileCalls = {
    ...calls,
    open: (at, name, flags) => {
      if (name.toString().startsWith('closed')) throw Object.assign(new Error('no'), { code: 'EACCES' })
      seen.opens++
      const fd = calls.open(at, name, flags)
      open.add(fd)
      return fd
    },
    look: (at, name) => {
      seen.looks++
      return calls.look(at, name)
    },
    close: fd => {
      assert.ok(open.delete(fd), 'closed once, and only what was opened')
      calls.close(fd)
    }
  }
  return { watching, seen }
}

test('a file that may not be opened is told by one look, and counts once; every descriptor is closed', async t => {
  const calls = await fileCalls()
  // Where a machine has no native part, there is nothing to watch.
  if (calls === undefined) return
  const root = plant(t, {
    closed: 'needle',
    'd/open': 'needle',
    'd/big': 'x'.repeat(600_000),
    'd/other': 'y'
  })
  const search = (label: string, more: object) => ({ label, paths: ['/'], ...more })
  const searches = [
    search('content', { contents: ['needle'] }),
    search('size', { sizes: [{ to: 6 }] }),
    search('both', { contents: ['needle'], sizes: [{ to: 6 }] }),
    search('packed', { contents: ['needle'], decompress: true })
  ]
  const { watching, seen } = watched(calls)
  const running = file.run(file.params.parse({ searches }), {
    root,
    signal: new AbortController().signal,
    limits: file.limits.defaults,
    asOf: 0,
    files: watching
  })
  for (;;) {
    const { done, value } = await running.next()
    if (!done) continue
    assert.deepEqual(value.counts, { content: 1, size: 3, both: 1, packed: 1 })
    assert.deepEqual(value.coverage, { seen: 4, unreadable: 1, skipped: 0 })
    assert.deepEqual(value.errors, { permission: 1 })
    break
  }
  assert.equal(seen.looks, 1, 'what is open needs no look')
  assert.equal(seen.left(), 0)
})
