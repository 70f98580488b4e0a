import assert from 'node:assert/strict'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type AgentIdentity, layout } from '../../agent/home.ts'
import type { Recorded } from '../../agent/records.ts'
import { openRemembered, recallFromLedger } from '../../agent/remembered.ts'
import { LIMITS } from '../../src/limits.ts'
import { OPENINGS_KEY, temporary } from '../support/agent-parts.ts'
import { NOW, testClock } from '../support/mesh.ts'

const run = (action: string, t: number): Recorded => ({
  t,
  what: 'run',
  action,
  persons: [],
  modules: [],
  disclosure: 'hashed'
})

test('a store that is no store any more is set aside, and the ledger keeps a host from running anything twice', async t => {
  const home = temporary(t)
  const said: string[] = []
  const open = () =>
    openRemembered({
      home,
      agent: { openingsKey: OPENINGS_KEY } as AgentIdentity,
      clock: testClock,
      log: (_, event) => said.push(event)
    })
  const first = await open()
  const id = 'a'.repeat(64)
  first.records.write(run(id, NOW))
  await first.database.close()
  assert.equal(said.length, 0)
  // All of it is overwritten: nothing can be read or mended.
  const { database } = layout(home)
  for (const name of readdirSync(database)) rmSync(join(database, name))
  writeFileSync(join(database, 'CURRENT'), 'nonsense')
  const second = await open()
  assert.ok(said.includes('store-damaged'))
  assert.equal(second.memory.decided(id), 'run')
  assert.ok(second.memory.isEnded(id, 'o1'))
  await second.database.close()
})

test('where the store was lost, the ledger still keeps a host from running anything twice', async () => {
  const known = new Map([['here', 'run' as const]])
  const recalled: string[] = []
  const events: Recorded[] = [
    run('here', NOW),
    run('lost', NOW),
    run('long ago', NOW - LIMITS.runRecordMs - 1),
    { t: NOW, what: 'cancelled', action: 'other' }
  ]
  const memory = {
    decided: (id: string) => known.get(id),
    recordElsewhere: async (id: string) => void recalled.push(id)
  }
  await recallFromLedger(memory, events, NOW)
  assert.deepEqual(recalled, ['lost'])
})
