import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Attachments } from '../../agent/attachments.ts'
import type { Clock } from '../../src/clock.ts'
import type { SyncPort } from '../../src/mesh/sync/ports.ts'
import { AttachmentShelf } from '../../src/store/attachments.ts'
import { TestMemory, testClient } from '../support/agent-parts.ts'
import { naming, serving, testAttachment } from '../support/attachments.ts'
import { Lab } from '../support/lab.ts'
import { eventually } from '../support/members.ts'
import { makeTestMesh, testClock } from '../support/mesh.ts'

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

test('a node that gives an attachment chunk by chunk without end keeps no host from the other one', async t => {
  const mesh = await makeTestMesh()
  const { memory, database } = await TestMemory.open(t)
  const shelf = await AttachmentShelf.open(database)
  const { whole, named } = testAttachment()
  const stop = new AbortController()
  t.after(() => stop.abort())
  let chunks = 0
  const slow = Promise.withResolvers<void>()
  const south = testClient('south', {
    wantChunk: async (attachment, offset) => {
      chunks++
      await slow.promise
      return serving(whole)(attachment, offset)
    }
  })
  const north = testClient('north', { wantChunk: serving(whole) })
  const attachments = new Attachments({
    clock: { ...testClock, sleep: (_, signal) => testClock.sleep(5, signal, true) },
    ...{ shelf, memory, log: () => undefined, signal: stop.signal },
    mesh: () => ({
      members: () => [south.caller, north.caller],
      client: async peer => (peer === south.caller.peer ? south : north)
    })
  })
  await attachments.gather({ id: 'one', action: mesh.action(naming(named)) })
  assert.deepEqual([shelf.has(named), chunks], [true, 1])
  await attachments.release('one')
  // What comes too late is neither asked for to its end nor kept.
  slow.resolve()
  await new Promise(done => setTimeout(done, 50))
  assert.deepEqual([shelf.has(named), chunks], [false, 1])
})
