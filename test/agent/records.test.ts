import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Records, readRecords } from '../../agent/records.ts'
import { temporary } from '../support/agent-parts.ts'
import { testClock } from '../support/mesh.ts'

const run = (action: string) =>
  ({ what: 'run', action, persons: ['julien'], modules: ['file/1'], disclosure: 'hashed' }) as const

test('events are read back in their order, a line that a crash has cut is left out', t => {
  const path = join(temporary(t), 'records.jsonl')
  const clock = { now: 0 }
  const records = new Records(path, { ...testClock, now: () => ++clock.now })
  records.add({ what: 'start' })
  records.add({ what: 'turned-away', kind: 'gumshoe/action/1', code: 'quorum' })
  records.add(run('a'))
  appendFileSync(path, '{"t":4,"what":"ru')
  // What comes after the cut line is not lost with it.
  records.add({ what: 'stop' })
  assert.deepEqual(
    readRecords(path).map(({ t: at, what }) => [at, what]),
    [
      [1, 'start'],
      [2, 'turned-away'],
      [3, 'run'],
      [4, 'stop']
    ]
  )
  assert.equal(statSync(path).mode & 0o077, 0)
  assert.deepEqual(readRecords(`${path}.nowhere`), [])
})

test('a flood of garbage neither pushes the ledger out nor fills the disk', t => {
  const path = join(temporary(t), 'records.jsonl')
  const clock = { now: 0 }
  const records = new Records(path, { ...testClock, now: () => clock.now })
  records.add(run('a'))
  for (let minute = 0; minute < 40; minute++) {
    clock.now = minute * 60_000
    for (let i = 0; i < 1_000; i++)
      records.add({ what: 'turned-away', kind: 'x'.repeat(40), code: 'malformed' })
  }
  const events = readRecords(path)
  assert.ok(events.some(({ what }) => what === 'run'))
  const turnedAway = events.filter(({ what }) => what === 'turned-away').length
  assert.ok(turnedAway > 600 && turnedAway <= 40 * 600)
  assert.ok(statSync(path).size < 1_000)
  assert.ok(statSync(path.replace('.jsonl', '.turned-away.jsonl')).size < 2 << 20)
})

test('a ledger that can not be written is told, and stops nobody', t => {
  const path = join(temporary(t), 'records.jsonl')
  mkdirSync(path)
  const failures: unknown[] = []
  new Records(path, testClock, error => failures.push(error)).add({ what: 'start' })
  assert.equal(failures.length, 1)
})
