import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ledger } from '../../agent/ledger.ts'
import { Records, readRecords } from '../../agent/records.ts'
import { TestMemory, temporary } from '../support/agent-parts.ts'
import { testClock } from '../support/mesh.ts'

const cancelled = (action: string) => ({ what: 'cancelled', action }) as const

test('whenever the process is killed, the file tells at the next start what the store holds, once', async t => {
  const host = await TestMemory.open(t)
  const path = join(temporary(t), 'records.jsonl')
  const ledger = () => new Ledger(host.database, new Records(path, testClock), testClock)
  const first = ledger()
  const [unwritten, kept, told, both] = ['a', 'b', 'c', 'd'].map(id => first.entry(cancelled(id)))
  assert.ok(unwritten)
  // Killed between the store and the file.
  await host.database.write([kept!.write], { sync: true })
  // Killed after the file, before the store was told: the deletion is lost.
  await host.database.write([told!.write], { sync: true })
  told!.done()
  await host.database.write([told!.write], { sync: true })
  // Nothing happened.
  await host.database.write([both!.write], { sync: true })
  both!.done()
  await host.restart()
  for (let start = 0; start < 2; start++) await ledger().recover(() => readRecords(path))
  const actions = readRecords(path).map(event => 'action' in event && event.action)
  assert.deepEqual(actions.sort(), ['b', 'c', 'd'])
  assert.deepEqual(await host.database.keys('ledger'), [])
})

test('chaos disk: the store forgets an event only when its line is synced', async t => {
  const host = await TestMemory.open(t)
  const records = new Records(join(temporary(t), 'records.jsonl'), testClock)
  const ledger = new Ledger(host.database, records, { ...testClock, sleep: async () => undefined })
  let failing = true
  const sync = records.sync.bind(records)
  records.sync = () => (failing ? Promise.reject(new Error('EIO')) : sync())
  const entry = ledger.entry(cancelled('a'))
  await host.database.write([entry.write], { sync: true })
  entry.done()
  await assert.rejects(ledger.settle())
  assert.equal((await host.database.keys('ledger')).length, 1)
  failing = false
  await ledger.settle()
  assert.deepEqual(await host.database.keys('ledger'), [])
})
