import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { netstat } from '../../src/modules/netstat.ts'
import type { Outcome, Row } from '../../src/modules/spec.ts'
import { plant } from '../support/ask-file.ts'
import { askModule, column } from '../support/ask-module.ts'
import { DEV, socketsText } from '../support/fake-net.ts'
import { fakeProcess } from '../support/fake-proc.ts'

/**
 * T9. A user of a host opens sockets by the hundred thousand, names processes like fields, and ends a process while its
 * namespace is read, so that a question about connections ends the agent, hides the one that matters or names the wrong
 * process. Expected: it is found; a budget ends the run with its code; a number that changes hands names nobody.
 */

const MANY = 100_000

test('a hundred thousand sockets hide none, and end with the budget', { timeout: 120_000 }, async t => {
  const crowd = Array.from({ length: MANY }, (_, i) => ({
    local: '10.0.0.7:443',
    remote: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:50000`,
    state: 1,
    inode: 1_000 + i
  }))
  const needle = { local: '10.0.0.7:40000', remote: '203.0.113.9:443', state: 1, inode: 7 }
  const root = plant(t, { 'proc/1/net/dev': DEV, 'proc/1/net/tcp': socketsText(...crowd, needle) })
  const flags = { 'connected-ip': ['!private'] }
  const { rows, outcome } = await askModule(netstat, root, flags)
  assert.deepEqual(
    [column(rows, 'remote'), outcome.coverage],
    [['203.0.113.9'], { seen: MANY + 1, unreadable: 0, skipped: 0 }]
  )
  const few = await askModule(netstat, root, flags, { limits: { entries: 1_000 } })
  assert.deepEqual([few.rows.length, few.outcome.limit], [0, 'limit-entries'])
  const all = await askModule(netstat, root, { kind: ['connected'] }, { limits: { rows: 100 } })
  assert.deepEqual([all.rows.length, all.outcome.limit], [100, 'limit-rows'])
})

test('a hundred thousand processes in one network are one network', { timeout: 120_000 }, async t => {
  const root = plant(t, { 'proc/1/net/dev': DEV, 'proc/1/net/tcp': socketsText({ local: '0.0.0.0:22' }) })
  // All are one directory: to make a hundred thousand would take longer than to look at them.
  for (let pid = 2; pid < MANY; pid++) symlinkSync('1', join(root, 'proc', String(pid)))
  const flags = { 'listening-port': ['22'], namespaces: true }
  const { rows, outcome } = await askModule(netstat, root, flags)
  assert.deepEqual([rows.length, outcome.coverage.unreadable], [1, 0])
  const few = await askModule(netstat, root, flags, { limits: { entries: 1_000 } })
  assert.deepEqual([few.rows.length, few.outcome.limit], [0, 'limit-entries'])
})

test('names of any bytes are bytes, and lines of another form are none', async t => {
  const name = Buffer.from('a) S 1 \u001b[2J\n', 'latin1')
  const root = plant(t, {
    'proc/1/net/dev': DEV,
    'proc/1/net/tcp': `${socketsText({ local: '0.0.0.0:22', inode: 5 })}   1: 0100007F:0016 zzzzzzzz:0000 0A\n\0\0\n${'9'.repeat(4_096)}\n`
  })
  fakeProcess(join(root, 'proc'), 1, { name })
  mkdirSync(join(root, 'proc/1/fd'))
  for (const [fd, link] of [
    'socket:[5]',
    'socket:[5',
    'socket:[99999999999999999999]',
    ' socket:[5]'
  ].entries())
    symlinkSync(link, join(root, 'proc/1/fd', String(fd)))
  const { rows, outcome } = await askModule(netstat, root, { kind: ['listening'], owner: true })
  assert.deepEqual(
    [rows.length, Buffer.from(rows[0]!['process'] as Uint8Array), outcome.coverage.unreadable],
    [1, name, 0]
  )
})

test('a line without an end is told as unreadable, and held by nobody', async t => {
  const root = plant(t, { 'proc/1/net/dev': DEV, 'proc/1/net/tcp': 'x'.repeat(1 << 20) })
  const { outcome } = await askModule(netstat, root, { kind: ['listening'] })
  assert.deepEqual([outcome.found, outcome.coverage.unreadable], [false, 1])
})

test('a process whose number goes to another network meanwhile tells nothing of that one', async t => {
  const root = plant(t, {
    'proc/1/net/dev': DEV,
    'proc/1/net/tcp': socketsText(),
    'proc/40/net/dev': DEV,
    'proc/40/net/tcp': socketsText({ local: '0.0.0.0:4444' }),
    'other/dev': DEV,
    'other/tcp': socketsText({ local: '0.0.0.0:5555' })
  })
  const params = netstat.fromFlags({ kind: ['listening'], namespaces: true }, 0)
  // Between the look at which networks there are and the look into them.
  let looked = 0
  const accounts = join(root, 'proc/40/net')
  const signal = {
    get aborted() {
      if (++looked === 3) {
        rmSync(accounts, { recursive: true })
        symlinkSync('../../other', accounts)
      }
      return false
    }
  } as AbortSignal
  const running = netstat.run(params, { root, signal, asOf: 0, limits: netstat.limits.defaults })
  const rows: Row[] = []
  let outcome: Outcome | undefined
  while (outcome === undefined) {
    const next = await running.next()
    if (next.done) outcome = next.value
    else rows.push(next.value)
  }
  assert.ok(looked > 3)
  assert.deepEqual(column(rows, 'localPort'), [])
  writeFileSync(join(root, 'done'), '')
})
