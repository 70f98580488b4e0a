import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { LIMITS } from '../../../src/limits.ts'
import { memory } from '../../../src/modules/memory.ts'
import type { Host, Row } from '../../../src/modules/spec.ts'
import { ROOT } from '../../source-tree.ts'
import { plant } from '../../support/ask-file.ts'
import { askModule, column } from '../../support/ask-module.ts'
import { memoryFiles } from '../../support/fake-proc.ts'
import { holder } from '../../support/holder.ts'

const ask = (flags: Record<string, unknown>, limits: Partial<Host['limits']> = {}) =>
  askModule(memory, '/', flags, { limits })

const pids = (rows: readonly Row[]) => rows.map(row => row['pid'])
const word = () => `gumshoe-${randomBytes(12).toString('hex')}`

test('what one process holds is found in it, by text, expression and bytes, and in no other', async t => {
  const needle = word()
  const { pid } = await holder(t, { bytes: Buffer.from(needle) })
  const other = await holder(t, { bytes: Buffer.from(word()) })
  const hex = Buffer.from(needle).toString('hex')
  for (const way of [
    { text: [needle] },
    { bytes: [`0x${hex.toUpperCase()}`] },
    { content: [`${needle.slice(0, 20)}[0-9a-f]+`] },
    { content: [`(?i)${needle.toUpperCase()}`] },
    { text: [needle], content: ['\\bgumshoe-[0-9a-f]{24}'], bytes: [hex.slice(8)] }
  ]) {
    const { rows, outcome } = await ask({ pid: [String(pid)], ...way })
    assert.deepEqual([[...new Set(pids(rows))], outcome.found], [[pid], true], JSON.stringify(way))
    for (const row of rows) {
      assert.ok((row['matches'] as number) >= 1)
      assert.match(row['address'] as string, /^0x[0-9a-f]+$/)
      assert.match(row['rights'] as string, /^rw/)
    }
  }
  // This process and the one above it hold the question, and are left out.
  const all = [pid, other.pid, process.pid, process.ppid]
  const { rows, outcome } = await ask({ pid: all.map(String), text: [needle] })
  assert.deepEqual([[...new Set(pids(rows))], outcome.errors['own-process']], [[pid], 2])
})

test('whoever asks on this machine, and who was started to, is left out for the words on its command line', async () => {
  const needle = word()
  const program = [process.execPath, join(ROOT, 'console/gumshoe.cjs')].map(one => `'${one}'`).join(' ')
  // The shell waits for the console, with the words on its own command line.
  const line = `${program} local memory --cmdline ${needle} --text ${needle} --json; exit $?`
  const child = spawn('/bin/sh', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'] })
  const lines = (await child.stdout.toArray())
    .join('')
    .trim()
    .split('\n')
    .map(one => JSON.parse(one))
  const { rows, errors } = { rows: lines.slice(0, -1), errors: lines.at(-1).errors }
  assert.deepEqual(rows, [], 'console and shell')
  assert.ok(errors['own-process'] >= 4, JSON.stringify(errors))
})

test('what is in no memory is a no, and what is there only in part does not hold', async t => {
  const needle = word()
  const { pid } = await holder(t, { bytes: Buffer.from(needle) })
  for (const way of [
    { text: [word()] },
    { text: [needle, word()] },
    { content: [`!${needle}`] },
    { text: [needle], name: ['!.'] },
    { text: [needle], library: ['!/libc[.-]'] },
    { text: [needle], user: ['no-such-user'] },
    { text: [needle], offset: '0x7fffffff0000' }
  ]) {
    const { rows, outcome } = await ask({ pid: [String(pid)], ...way })
    assert.deepEqual(
      [rows.length, outcome.found, outcome.coverage.unreadable, outcome.coverage.skipped],
      [0, false, 0, 0],
      JSON.stringify(way)
    )
  }
})

test('each check by itself, processes without any, and what no match is in', async t => {
  const needle = word()
  const { pid } = await holder(t, { bytes: Buffer.from(needle) })
  const only = { pid: [String(pid)] }
  const any = await ask({ ...only, any: true, text: [needle, word()], content: [`!${word()}`] })
  assert.deepEqual(
    column(any.rows, 'check').map(check => check.slice(0, 12)),
    ['text=gumshoe', 'content=!gum']
  )
  const without = await ask({ ...only, content: [`!${word()}`] })
  assert.deepEqual([pids(without.rows), without.rows[0]!['matches']], [[pid], undefined])
  const bare = await ask({ ...only, library: ['/libc[.-]'] })
  assert.deepEqual([pids(bare.rows), Object.keys(bare.rows[0]!)], [[pid], ['search', 'pid', 'name', 'path']])
})

test('matches are counted up to a number, and as many places told as are asked for', async t => {
  const needle = word()
  const { pid } = await holder(t, { bytes: Buffer.from(needle), times: 50, gap: 100_003 })
  const only = { pid: [String(pid)], content: [`${needle.slice(0, 20)}\\w+`] }
  const { rows } = await ask({ ...only, places: 3 })
  assert.equal(rows.length, 3)
  assert.equal(new Set(column(rows, 'address')).size, 3)
  for (const row of rows) assert.ok((row['matches'] as number) >= 50)
  const few = await ask({ ...only, most: 2, places: 5 })
  assert.deepEqual(
    few.rows.map(row => row['matches']),
    [2, 2]
  )
})

test('a part of the memory is looked at where it is asked for', async t => {
  const needle = word()
  const { pid } = await holder(t, { bytes: Buffer.from(needle), times: 3, gap: 1 << 20 })
  const only = { pid: [String(pid)], text: [needle] }
  const { rows } = await ask({ ...only, places: 10 })
  const addresses = column(rows, 'address').map(Number)
  const last = addresses.at(-1)!
  const from = await ask({ ...only, offset: `0x${last.toString(16)}`, places: 10 })
  assert.deepEqual(column(from.rows, 'address').map(Number), [last])
  const exact = await ask({ ...only, offset: String(last), 'max-length': needle.length })
  assert.deepEqual(column(exact.rows, 'address').map(Number), [last])
  const short = await ask({ ...only, offset: String(last), 'max-length': needle.length - 1 })
  assert.deepEqual([short.rows.length, short.outcome.coverage.unreadable], [0, 0])
  const none = await ask({ ...only, 'max-length': 4_096 })
  assert.equal(none.rows.length, 0)
})

test('several searches in one pass, each by its own label, filters and limits', async t => {
  const [one, other] = [word(), word()]
  const first = await holder(t, { bytes: Buffer.from(one) })
  const second = await holder(t, { bytes: Buffer.from(other) })
  const both = [first.pid, second.pid]
  const searches = JSON.stringify([
    { label: 'one', pids: both, texts: [one] },
    { label: 'other', pids: both, contents: [`${other.slice(0, 16)}.*`] },
    { label: 'either', pids: both, any: true, texts: [one, other] },
    { label: 'none', pids: [first.pid], texts: [other] },
    { label: 'those', pids: [second.pid] }
  ])
  const { rows, outcome } = await ask({ searches })
  assert.deepEqual(rows.map(row => `${row['search']} ${both.indexOf(row['pid'] as number)}`).sort(), [
    'either 0',
    'either 1',
    'one 0',
    'other 1',
    'those 1'
  ])
  assert.deepEqual(outcome.counts, { one: 1, other: 1, either: 2, none: 0, those: 1 })
})

test('a process that is stopped is looked into, and stays as it was', async t => {
  const needle = word()
  const { pid } = await holder(t, { bytes: Buffer.from(needle) })
  process.kill(pid, 'SIGSTOP')
  const { rows } = await ask({ pid: [String(pid)], text: [needle] })
  assert.deepEqual(pids(rows), [pid])
})

test('the budget of bytes ends it with its code, and what was found is told', async t => {
  const needle = word()
  const { pid } = await holder(t, { bytes: Buffer.from(needle) })
  const only = { pid: [String(pid)], text: [needle] }
  const whole = await ask(only)
  assert.equal(whole.outcome.limit, undefined)
  const few = await ask({ pid: [String(pid)], text: [word()] }, { readBytes: 1 << 20 })
  assert.deepEqual([few.outcome.found, few.outcome.limit], [false, 'limit-bytes'])
})

test('shared memory that is swapped out can’t be seen, and that is told', async t => {
  const files = memoryFiles(1, 'a', 'needle')
  const status = 'Uid:\t0\t0\t0\t0\nVmSwap:\t    8 kB\n'
  for (const [swap, free, expected] of [
    ['    8', 50, 0],
    ['   12', 50, 1],
    ['   12', 100, 0]
  ] as const) {
    const root = plant(t, {
      ...files,
      'proc/1/status': status,
      'proc/1/smaps_rollup': `Rss:   4 kB\nSwap:  ${swap} kB\nSwapPss:  1 kB\n`,
      'proc/meminfo': `SwapTotal:     100 kB\nSwapFree:      ${free} kB\n`
    })
    const { outcome } = await askModule(memory, root, { text: ['no such text'] })
    assert.deepEqual(
      [outcome.coverage.unreadable, outcome.errors['swapped-shared'] ?? 0],
      [expected, expected]
    )
    assert.equal((await askModule(memory, root, { text: ['needle'] })).outcome.found, true)
  }
})

test('what can’t be asked is refused by name', () => {
  for (const [flags, word] of [
    [{ content: ['^a'] }, 'lines'],
    [{ content: ['abc$'] }, 'lines'],
    [{ content: ['\\Aabc'] }, 'lines'],
    [{ content: ['a*'] }, 'everywhere'],
    [{ content: ['!x?'] }, 'everywhere'],
    [{ content: ['(a)\\1'] }, '--content'],
    [{ text: ['ab'] }, '--text'],
    [{ bytes: ['7f45'] }, '--bytes'],
    [{ bytes: ['7'] }, '--bytes'],
    [{ pid: ['0'] }, '--pid'],
    [{ text: ['abc'], offset: '-1' }, '--offset'],
    [{ text: ['abc'], most: LIMITS.memoryMatchesMax + 1 }, '--most'],
    [{ text: ['abc'], name: ['a'], kernel: true }, 'kernel'],
    [{ searches: '[{"label":"a","contents":["("]}]' }, '--content'],
    [{ searches: '[{"label":"a","texts":["x"]}]' }, 'search 1, texts'],
    [{ searches: 'no' }, 'JSON'],
    [{ searches: '[]', text: ['abc'] }, '--text does not go']
  ] as const)
    assert.throws(
      () => memory.fromFlags(flags, 0),
      (error: Error) => error.message.includes(word),
      JSON.stringify(flags)
    )
})

test('a kernel that shows none of its memory says so with a code', async t => {
  await assert.rejects(ask({ text: ['abc'], kernel: true }), ({ code }: { code: string }) =>
    ['unsupported', 'permission'].includes(code)
  )
  t.diagnostic('where /proc/kcore is there, its reader is tested by a made one: kernel-memory.test.ts')
})
