import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../src/clock.ts'
import type { SyncPort } from '../../src/mesh/sync/ports.ts'
import { Lab } from '../support/lab.ts'
import { eventually } from '../support/members.ts'
import { testClock } from '../support/mesh.ts'

/**
 * T4. One of two bootstrap nodes names thousands of open actions to each host that compares with it, and then answers each
 * `want` just in time, for days, so that the host never comes to the honest node again, nor to what it holds for later and
 * has left unfinished. Expected: who is slow holds up nobody but himself.
 */

const IDS = Array.from({ length: 10_000 }, (_, i) => i.toString(16).padStart(64, '0'))

test('a node that answers slowly and without end keeps no host from the other one', {
  timeout: 90_000
}, async t => {
  const lab = await Lab.make(t)
  let compared = 0
  let wanted = 0
  await lab.startHub('north', (port: SyncPort) => ({
    ...port,
    open: (...asked) => {
      compared++
      return port.open(...asked)
    }
  }))
  await lab.startHub('south', (port: SyncPort) => ({
    ...port,
    open: async () => ({ missing: IDS, cancels: [] }),
    want: async () => {
      wanted++
      await new Promise(done => setTimeout(done, 5_000))
      return undefined
    }
  }))
  // A round every few seconds instead of minutes.
  const quick: Clock = { ...testClock, monotonic: () => testClock.monotonic() * 60 }
  await lab.startHost('one', { 'srv/odd': 'x' }, quick)
  await eventually('the slow node has the host', () => wanted > 0, 20_000)
  // The round that is under way now may still come to the honest one first.
  const before = compared
  await eventually(
    'the host compares with the honest one, round by round',
    () => compared > before + 3,
    40_000
  )
  assert.ok(wanted < 50, 'and asks the slow one no more at a time than before')
})
