import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { GumshoeError } from '../../src/errors.ts'
import type { FileCalls } from '../../src/modules/lib/host/file-calls.ts'
import { log } from '../../src/modules/log.ts'
import type { Outcome, Row } from '../../src/modules/spec.ts'
import { fileCalls } from '../../src/run/file-calls.ts'
import { plant } from '../support/ask-file.ts'
import { askModule } from '../support/ask-module.ts'
import { madeJournal, realJournal } from '../support/journal.ts'

/**
 * T10. Whoever can write to a log wants to hang, fill or blind whoever reads it: lines and files without end, journals with
 * broken objects, logs that are rotated or cut under the reader. Expected: bounded time and memory, what was not seen is
 * told, and nothing that was there is lost silently.
 */

const NOW = Date.parse('2026-11-24T12:00:00Z')
const MIB = 1 << 20
const LINE = 'Nov 24 09:00:00 h app: needle\n'

const counts = (rows: readonly Row[]): number => rows.reduce((sum, row) => sum + Number(row['count']), 0)

/** Asks with calls of the system that do something else first, once, at the first read of a log. */
const askWhile = async (
  root: string,
  flags: Record<string, unknown>,
  act: () => void
): Promise<{ rows: Row[]; outcome: Outcome }> => {
  const calls = (await fileCalls())!
  let done = false
  const files: FileCalls = {
    ...calls,
    read: (fd, into, length) => {
      if (!done) {
        done = true
        act()
      }
      return calls.read(fd, into, length)
    }
  }
  const signal = new AbortController().signal
  const running = log.run(log.fromFlags(flags, NOW), {
    root,
    signal,
    asOf: NOW,
    limits: log.limits.defaults,
    files
  })
  const rows: Row[] = []
  for (;;) {
    const next = await running.next()
    if (next.done) return { rows, outcome: next.value }
    rows.push(next.value)
  }
}

test('a line of 1 GB costs no memory, hides nothing behind it, and is told', async t => {
  const root = plant(t, { 'var/log/a.log': LINE })
  const path = join(root, 'var/log/a.log')
  truncateSync(path, 2 ** 30)
  appendFileSync(path, `\n${LINE}`)
  const before = process.memoryUsage().rss
  const { rows, outcome } = await askModule(log, root, { pattern: ['needle'] })
  assert.deepEqual([counts(rows), outcome.errors], [2, { 'long-line': 1 }])
  assert.ok(process.memoryUsage().rss - before < 160 * MIB, 'memory stays flat')
})

test('a log that is rotated while it is read is read once, and so is what came after', async t => {
  const root = plant(t, { 'var/log/a.log': LINE.repeat(3), 'var/log/b.log': LINE })
  const at = (name: string) => join(root, 'var/log', name)
  const { rows, outcome } = await askWhile(root, { pattern: ['needle'] }, () => {
    renameSync(at('b.log'), at('b.log.1'))
    writeFileSync(at('b.log'), LINE.repeat(10))
    renameSync(at('a.log'), at('a.log.1'))
    writeFileSync(at('a.log'), LINE.repeat(20))
  })
  assert.equal(counts(rows), 34)
  assert.deepEqual(outcome.coverage, { seen: 4, unreadable: 0, skipped: 0 })
})

test('a log that is cut while it is read makes no "no"', async t => {
  const root = plant(t, { 'var/log/a.log': 'x\n'.repeat(500_000) })
  const { rows, outcome } = await askWhile(root, { pattern: ['needle'] }, () =>
    truncateSync(join(root, 'var/log/a.log'), 10)
  )
  assert.deepEqual([rows.length, outcome.coverage.skipped, outcome.errors], [0, 1, { truncated: 1 }])
})

test('a log that grows as fast as it is read has an end', async t => {
  const root = plant(t, { 'var/log/a.log': LINE.repeat(20_000) })
  const calls = (await fileCalls())!
  const more = 'y\n'.repeat(200_000)
  const files: FileCalls = {
    ...calls,
    read: (fd, into, length) => {
      appendFileSync(join(root, 'var/log/a.log'), more)
      return calls.read(fd, into, length)
    }
  }
  const host = { root, signal: new AbortController().signal, asOf: NOW, limits: log.limits.defaults, files }
  const rows: Row[] = []
  for await (const row of log.run(log.fromFlags({ pattern: ['needle'] }, NOW), host)) rows.push(row)
  assert.equal(counts(rows), 20_000)
})

test('what is no regular file, or lies outside, is opened by nobody', async t => {
  const root = plant(t, { 'var/log/ok.log': LINE })
  const at = (name: string) => join(root, 'var/log', name)
  assert.equal(spawnSync('mkfifo', [at('fifo.log'), at('syslog')]).status, 0)
  symlinkSync('/dev/zero', at('zero.log'))
  symlinkSync('/etc/passwd', at('passwd.log'))
  symlinkSync('loop.log', at('loop.log'))
  mkdirSync(at('directory.log'))
  const { rows } = await askModule(log, root, {})
  assert.deepEqual(
    rows.map(row => String(Buffer.from(row['path'] as Uint8Array))),
    ['/var/log/ok.log']
  )
})

test('a bomb is no log', async t => {
  const root = plant(t, { 'var/log/a.log.1.gz': gzipSync(Buffer.alloc(300 * MIB)), 'var/log/b.log': LINE })
  const { rows, outcome } = await askModule(log, root, { pattern: ['needle'] })
  assert.deepEqual([counts(rows), outcome.coverage.unreadable, outcome.errors], [1, 1, { 'limit-bytes': 1 }])
})

test('made-up programs without end are a limit, with what there is', async t => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `Nov 24 09:00:00 h app${i}: needle`).join('\n')
  const root = plant(t, { 'var/log/a.log': lines })
  const { rows, outcome } = await askModule(log, root, {}, { limits: { rows: 100 } })
  assert.deepEqual([rows.length, outcome.limit], [100, 'limit-rows'])
})

test('journals whose objects lie about their size, number and place end, and are told', async t => {
  const good = madeJournal([{ time: NOW, fields: ['MESSAGE=needle', '_COMM=x'] }])
  const size = (bytes: Buffer, at: number, value: bigint): Buffer => {
    const copy = Buffer.from(bytes)
    copy.writeBigUInt64LE(value, at)
    return copy
  }
  const real = realJournal('compact-zstd')
  const cases: Record<string, Buffer> = {
    'an object of no size': size(good, 264 + 8, 0n),
    'an object without end': size(good, 264 + 8, 2n ** 63n),
    'an object that is larger than the file': size(good, 264 + 8, 1_000_000n),
    'a tail beyond the file': size(good, 136, 2n ** 40n),
    'a tail in the header': size(good, 136, 8n),
    'a header without end': size(good, 88, 2n ** 62n),
    'entries that are not there': size(good, 152, 2n ** 60n),
    'no journal at all': Buffer.from('x'.repeat(500)),
    'a journal that is cut': real.subarray(0, real.indexOf('MESSAGE=') + 3_000)
  }
  for (const [what, bytes] of Object.entries(cases)) {
    const root = plant(t, { 'var/log/journal/a/b.journal': bytes })
    const { outcome } = await askModule(log, root, { source: ['journal'], pattern: ['absent'] })
    assert.ok(outcome.coverage.unreadable > 0, what)
    assert.equal(outcome.errors['damaged'], 1, what)
  }
})

test('an entry whose fields are itself, the header, or nowhere is an entry without fields', async t => {
  const bytes = madeJournal([{ time: NOW, fields: ['MESSAGE=needle'] }])
  const entry = bytes.readUInt32LE(136)
  for (const to of [entry, 0, 8, 2 ** 31, bytes.length]) {
    bytes.writeUInt32LE(to, entry + 16 + 48)
    const host = plant(t, { 'var/log/journal/a/b.journal': bytes })
    const { rows } = await askModule(log, host, { source: ['journal'], pattern: ['needle'] })
    assert.equal(rows.length, 0)
    assert.equal(counts((await askModule(log, host, { source: ['journal'] })).rows), 1)
  }
})

test('a journal of made-up names hides nothing that came before, and what it hides is counted', async t => {
  // 64 bytes an object: half a million names in 36 MB.
  const flood = Array.from({ length: 45 }, (_, entry) => ({
    time: NOW,
    fields: Array.from({ length: 10_000 }, (_, i) => `_COMM=${entry}-${i}`)
  }))
  const needle = { time: NOW, fields: ['MESSAGE=needle', '_COMM=app'] }
  const made = madeJournal([needle, ...flood, needle, needle])
  const other = madeJournal([needle])
  const root = plant(t, { 'var/log/journal/a/b.journal': made, 'var/log/journal/a/c.journal': other })
  const { rows, outcome } = await askModule(log, root, { source: ['journal'], pattern: ['needle'] })
  // Of the first file what came before, and all of the second; the end of the flood and both entries behind it are not known.
  assert.deepEqual([counts(rows), outcome.limit], [2, undefined])
  assert.deepEqual([outcome.coverage.skipped, outcome.errors], [8, { 'too-many-fields': 1 }])
  // The same out of an archive.
  const packed = plant(t, { 'var/log/journal/a/b.journal': gzipSync(made, { level: 1 }) })
  const again = await askModule(log, packed, { source: ['journal'], program: ['^no$'] })
  assert.deepEqual([again.rows.length, again.outcome.coverage.skipped], [0, 8])
})

test('a limit of time ends an archive in the middle, with what there is', async t => {
  const archive = gzipSync(Buffer.from(LINE.repeat(3_000_000)), { level: 1 })
  const root = plant(t, { 'var/log/a.log': LINE, 'var/log/a.log.1.gz': archive })
  const stop = new AbortController()
  setTimeout(() => stop.abort(new GumshoeError('limit-cpu', 'The CPU limit is reached.')), 100)
  const { rows, outcome } = await askModule(log, root, { pattern: ['needle'] }, { signal: stop.signal })
  assert.equal(outcome.limit, 'limit-cpu')
  assert.ok(rows.length > 0 && counts(rows) < 3_000_001)
})
