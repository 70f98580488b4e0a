import assert from 'node:assert/strict'
import { before, type TestContext, test } from 'node:test'
import type { Attachments } from '../../agent/attachments.ts'
import type { Action } from '../../src/documents/action.ts'
import { LIMITS } from '../../src/limits.ts'
import { giveAttachment } from '../../src/mesh/sync/attachments.ts'
import { AttachmentShelf } from '../../src/store/attachments.ts'
import { testAttachments } from '../support/agent-attachments.ts'
import { TestMemory } from '../support/agent-parts.ts'
import { naming, testAttachment } from '../support/attachments.ts'
import { asConsole, asNode } from '../support/keeper.ts'
import { eventually } from '../support/members.ts'
import { HOUR, makeTestMesh, NOW, type TestMesh } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const { whole, named } = testAttachment()

/** What a host fetches with, from one node that has what a test puts there. */
const start = async (t: TestContext) => {
  const { memory, database } = await TestMemory.open(t)
  const shelf = await AttachmentShelf.open(database)
  const time = { now: NOW }
  const stop = new AbortController()
  t.after(() => stop.abort())
  const cancelled = new Set<string>()
  const node = new Map<string, Uint8Array>()
  const asked: string[] = []
  const still = { isCancelled: (id: string) => cancelled.has(id), begin: async () => undefined }
  const parts = { shelf, memory: still, signal: stop.signal }
  const attachments = testAttachments(
    parts,
    node,
    () => time.now,
    one => void asked.push(one)
  )
  const gather = (id: string, change: Partial<Action> = naming(named)) =>
    attachments.gather({ id, action: mesh.action(change) })
  return { memory, shelf, time, stop, cancelled, node, asked, attachments, gather }
}

const operation = { params: { lists: [named] } }

test('an action waits until a node has what it names; one that names nothing does not wait', async t => {
  const { node, asked, gather, attachments } = await start(t)
  await gather('none', {})
  assert.deepEqual(asked, [])
  const waiting = gather('one')
  await eventually('it was asked for', () => asked.length > 1)
  node.set(named.attachment, whole)
  assert.equal((await waiting).id, 'one')
  assert.deepEqual(await attachments.read(operation), new Map([[named.attachment, whole]]))
})

test('it waits no longer than the action is open, nor beyond a cancel, nor beyond our own stop', async t => {
  const { asked, gather, attachments, time, cancelled, stop } = await start(t)
  const one = gather('one')
  const two = gather('two', { ...naming(named), expires: '2026-11-24T20:00:00Z' })
  await eventually('it was asked for', () => asked.length > 0)
  cancelled.add('two')
  await two
  time.now += HOUR + 1
  await one
  assert.equal(await attachments.read(operation), undefined)
  time.now = NOW
  const three = gather('three')
  stop.abort(new Error('stopped'))
  await assert.rejects(three, { message: 'stopped' })
})

test('what two actions name stays until both are answered', async t => {
  const { node, gather, attachments, shelf } = await start(t)
  node.set(named.attachment, whole)
  await Promise.all([gather('one'), gather('two')])
  await attachments.release('one')
  assert.equal(shelf.has(named), true)
  await attachments.release('two')
  assert.equal(shelf.has(named), false)
  await attachments.release('two')
})

test('what waits beyond the room of a host begins when another one is answered', async t => {
  const { node, gather, attachments, cancelled } = await start(t)
  const large = Array.from({ length: LIMITS.attachments }, (_, i) => ({
    attachment: String(i).repeat(64),
    bytes: LIMITS.attachmentBytes
  }))
  const [a] = ['a', 'b'].map(id => gather(id, naming(...large)).catch(() => undefined))
  node.set(named.attachment, whole)
  let done = false
  const waiting = gather('c').then(() => (done = true))
  await new Promise(resolve => setTimeout(resolve, 30))
  assert.equal(done, false)
  // It is answered when it waits no more: while it does, it would take its room again, perhaps before the other one.
  cancelled.add('a')
  await a
  await attachments.release('a')
  await waiting
})

test('where every node is gone a console puts it here, and nobody else does', async t => {
  const { gather, attachments, asked } = await start(t)
  const put = (caller: Parameters<Attachments['put']>[0]) =>
    giveAttachment({ putChunk: chunk => attachments.put(caller, chunk) }, named, whole)
  await assert.rejects(put(asConsole('joe')), { code: 'not-found' })
  const waiting = gather('one')
  await eventually('it was asked for', () => asked.length > 0)
  await assert.rejects(put(asNode('n')), { code: 'policy' })
  await put(asConsole('joe'))
  await waiting
  assert.deepEqual(await attachments.read(operation), new Map([[named.attachment, whole]]))
})
