import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fetchMissing } from '../../bootstrap-nodes/fetch-attachments.ts'
import { readOpen } from '../../bootstrap-nodes/read-open.ts'
import { fetchAttachment, giveAttachment } from '../../src/mesh/sync/attachments.ts'
import type { Caller, SyncClient } from '../../src/mesh/sync/ports.ts'
import { testClient } from '../support/agent-parts.ts'
import { naming, serving, testAttachment } from '../support/attachments.ts'
import { asAgent, asConsole, asNode, type TestKeeper, testKeeper } from '../support/keeper.ts'
import { eventually } from '../support/members.ts'
import { HOUR, makeTestMesh, SECOND, type TestMesh } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const { whole, named } = testAttachment()

/** The verbs of a node as this caller has them. */
const as = (node: TestKeeper, caller: Caller) => ({
  putChunk: (chunk: Parameters<SyncClient['putChunk']>[0]) => node.port.putChunk(caller, chunk),
  wantChunk: (attachment: string, offset: number) => node.port.wantChunk(caller, attachment, offset)
})

const ask = async (node: TestKeeper, change = {}) => {
  const { raw, id } = await mesh.signAction({ ...naming(named), ...change }, 'joe')
  await node.keeper.put('console', { envelope: raw })
  return id
}

test('what an open action names is taken from a console, and had by who may have the action', async t => {
  const node = await testKeeper(t, mesh)
  await ask(node, { target: 'role=web' })
  assert.deepEqual(node.attachments.missing(), [named])
  await giveAttachment(as(node, asConsole('joe')), named, whole)
  assert.deepEqual(node.attachments.missing(), [])
  const [web, db] = [await mesh.enrol(['role=web']), await mesh.enrol(['role=db'])]
  for (const caller of [asAgent(web), asConsole('rita'), asNode('n')])
    assert.deepEqual(await fetchAttachment(as(node, caller), named), whole, caller.role)
  assert.equal(await fetchAttachment(as(node, asAgent(db)), named), undefined, 'of another topic')
})

test('it goes when the last action that names it has expired, and not before', async t => {
  const node = await testKeeper(t, mesh)
  await ask(node)
  await ask(node, { expires: '2026-11-24T16:00:00Z' })
  await giveAttachment(as(node, asConsole('joe')), named, whole)
  assert.equal(await node.attachments.purge(), 0)
  node.time.now += HOUR + 301 * SECOND
  assert.equal(await node.attachments.purge(), 0)
  assert.ok(await node.port.wantChunk(asNode('n'), named.attachment, 0))
  node.time.now += 30 * 24 * HOUR
  assert.equal(await node.port.wantChunk(asNode('n'), named.attachment, 0), undefined)
  assert.equal(await node.attachments.purge(), 1)
  assert.deepEqual(node.shelf.ids(), [])
})

test('after a restart a node knows what is named from the actions that it kept', async t => {
  const node = await testKeeper(t, mesh)
  const id = await ask(node)
  node.attachments.forget(id)
  assert.deepEqual(node.attachments.missing(), [])
  await readOpen(node.documents, node.chain, node.persons)
  assert.deepEqual(node.attachments.missing(), [named])
})

test('a node fetches what it lacks from another one that has it', async t => {
  const [north, south] = [await testKeeper(t, mesh), await testKeeper(t, mesh, 1)]
  await ask(south)
  const stop = new AbortController()
  const told: string[] = []
  const other = testClient('north', as(north, asNode('south')))
  const liar = testClient('liar', { wantChunk: serving(testAttachment(1).whole) })
  const clock = { ...south.clock, sleep: () => new Promise<void>(done => setTimeout(done, 5)) }
  const fetching = fetchMissing(
    {
      clock,
      attachments: south.attachments,
      nodes: async () => [liar, other],
      log: (level, event) => void told.push(`${level} ${event}`)
    },
    stop.signal
  )
  await eventually('it was asked for', () => told.includes('warn no-attachment'))
  await ask(north)
  await giveAttachment(as(north, asConsole('joe')), named, whole)
  south.time.monotonic += HOUR
  await eventually('it is here', () => south.attachments.missing().length === 0)
  stop.abort()
  await fetching
  assert.deepEqual(await south.shelf.read(named), whole)
})
