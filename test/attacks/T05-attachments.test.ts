/**
 * A thief with an investigator's key, or a member who has none, wants to fill the disks of nodes and hosts with attachments,
 * or to have a host run with other bytes than were signed. Nothing is kept but what a verified action names by its hash.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Attachments } from '../../agent/attachments.ts'
import { LIMITS } from '../../src/limits.ts'
import { giveAttachment } from '../../src/mesh/sync/attachments.ts'
import type { Caller } from '../../src/mesh/sync/ports.ts'
import { AttachmentShelf } from '../../src/store/attachments.ts'
import { TestMemory, testClient } from '../support/agent-parts.ts'
import { naming, serving, testAttachment } from '../support/attachments.ts'
import { asAgent, asConsole, asNode, type TestKeeper, testKeeper } from '../support/keeper.ts'
import { at, DAY, makeTestMesh, type TestMesh, testClock } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const good = testAttachment(1)
const bad = testAttachment(2)
const joe = asConsole('joe')

const ask = async (node: TestKeeper, change: object, person = 'joe') => {
  const { raw, id } = await mesh.signAction(change, person)
  await node.keeper.put('console', { envelope: raw })
  return id
}
const put = (node: TestKeeper, caller: Caller, { named, whole } = good) =>
  giveAttachment({ putChunk: chunk => node.port.putChunk(caller, chunk) }, named, whole)

test('what no verified action names is not taken, and nobody but a console puts any', async t => {
  const node = await testKeeper(t, mesh)
  await assert.rejects(put(node, joe), { code: 'not-found' })
  const { raw } = await mesh.signAction({ ...naming(good.named), disclosure: 'clear' }, 'joe')
  await assert.rejects(node.keeper.put('console', { envelope: raw }), { code: 'quorum' })
  await assert.rejects(put(node, joe), { code: 'not-found' }, 'below quorum nothing is named')
  await ask(node, naming(good.named))
  for (const caller of [asAgent(await mesh.enrol(['role=web'])), asNode('other')])
    await assert.rejects(put(node, caller), { code: 'policy' })
  assert.deepEqual(node.shelf.ids(), [])
})

test('other bytes, too many or too few are not kept', async t => {
  const node = await testKeeper(t, mesh)
  await ask(node, naming(good.named))
  const putChunk = (offset: number, chunk: Uint8Array) =>
    node.port.putChunk(joe, { attachment: good.named.attachment, offset, chunk })
  await assert.rejects(put(node, joe, { named: good.named, whole: bad.whole }), { code: 'bad-attachment' })
  await putChunk(0, good.whole.subarray(0, LIMITS.chunkBytes))
  await putChunk(LIMITS.chunkBytes, good.whole.subarray(LIMITS.chunkBytes, 2 * LIMITS.chunkBytes))
  const much = new Uint8Array(LIMITS.chunkBytes)
  await assert.rejects(putChunk(2 * LIMITS.chunkBytes, much), { code: 'too-large' })
  await putChunk(0, good.whole.subarray(0, LIMITS.chunkBytes))
  assert.deepEqual([node.shelf.ids(), node.attachments.missing()], [[], [good.named]])
  await put(node, joe)
  assert.deepEqual(await node.shelf.read(good.named), good.whole, 'and the true ones still are')
})

test('one person names no more than a bound, however many actions are signed; another one still may', async t => {
  const node = await testKeeper(t, mesh)
  const most = LIMITS.personAttachmentBytes / LIMITS.attachmentBytes
  const named = (i: number) => ({
    attachment: i.toString(16).padStart(64, '0'),
    bytes: LIMITS.attachmentBytes
  })
  for (let i = 0; i < most; i++)
    await ask(node, { ...naming(named(i)), expires: at(2 * DAY - 1) }).catch(error =>
      assert.equal(error.code, 'window')
    )
  for (let i = 0; i < most; i++) await ask(node, naming(named(i)))
  await assert.rejects(ask(node, naming(named(most))), { code: 'quota' })
  await ask(node, naming(named(0)))
  await ask(node, naming(named(most)), 'julien')
})

test('what one person names once more by a smaller size counts as before', async t => {
  const node = await testKeeper(t, mesh)
  const most = LIMITS.personAttachmentBytes / LIMITS.attachmentBytes
  const named = (i: number, bytes: number = LIMITS.attachmentBytes) => ({
    attachment: i.toString(16).padStart(64, '0'),
    bytes
  })
  for (let i = 0; i < most; i++) await ask(node, naming(named(i)))
  await assert.rejects(ask(node, naming(named(0, 1), named(1, 1))), { code: 'quota' })
  await assert.rejects(ask(node, naming(named(most))), { code: 'quota' })
})

test('who names the attachment of another person by a wrong size neither keeps it out nor has it removed', async t => {
  const node = await testKeeper(t, mesh)
  const { attachment, bytes } = good.named
  const wrong = [1, LIMITS.chunkBytes, 2 * LIMITS.chunkBytes, bytes + 1, LIMITS.attachmentBytes].map(
    bytes => ({
      attachment,
      bytes
    })
  )
  const [before, after] = [wrong.slice(0, 3), wrong.slice(3)]
  for (const named of before) await ask(node, naming(named), 'julien')
  await ask(node, naming(good.named))
  for (const named of after) await ask(node, naming(named), 'julien')
  assert.ok(
    node.attachments.missing().some(named => named.bytes === bytes),
    'other nodes are asked for the true one'
  )
  await put(node, joe)
  assert.deepEqual(node.attachments.missing(), [], 'no other bytes have this hash')
  for (const named of wrong) assert.equal(await node.shelf.read(named), undefined)
  assert.deepEqual(await node.shelf.read(good.named), good.whole)
  await put(node, joe)
})

test('nor does a host lose what it was given', async t => {
  const { memory, database } = await TestMemory.open(t)
  const shelf = await AttachmentShelf.open(database)
  const attachments = new Attachments({
    clock: testClock,
    shelf,
    memory,
    log: () => undefined,
    signal: new AbortController().signal,
    mesh: () => ({
      members: () => [testClient('honest', {}).caller],
      client: async () => testClient('honest', { wantChunk: serving(good.whole) })
    })
  })
  const wrong = mesh.action(naming({ ...good.named, bytes: good.named.bytes + 1 })).operations[0]!
  const action = mesh.action(naming(good.named))
  await attachments.gather({ id: 'a', action })
  assert.equal(await attachments.read(wrong), undefined)
  assert.equal((await attachments.read(action.operations[0]!))?.size, 1)
})

test('a full disk takes none, and one that is there is served all the same', async t => {
  const node = await testKeeper(t, mesh)
  await ask(node, naming(good.named, bad.named))
  await put(node, joe)
  node.time.free = LIMITS.diskFloorBytes - 1
  node.time.monotonic += DAY
  await assert.rejects(put(node, joe, bad), { code: 'disk-full' })
  assert.ok(await node.port.wantChunk(asNode('other'), good.named.attachment, 0))
})

test('a node that serves other bytes, or dribbles them, is passed over: the host takes it from another one', async t => {
  const { memory, database } = await TestMemory.open(t)
  const shelf = await AttachmentShelf.open(database)
  const told: string[] = []
  const clients = new Map(
    [
      testClient('liar', { wantChunk: serving(bad.whole) }),
      testClient('miser', { wantChunk: async (_, offset) => good.whole.subarray(offset, offset + 1) }),
      testClient('mute', { wantChunk: async () => undefined }),
      testClient('honest', { wantChunk: serving(good.whole) })
    ].map(client => [client.peer, client])
  )
  const attachments = new Attachments({
    clock: testClock,
    shelf,
    memory,
    log: (level, event, fields) => void told.push(`${level} ${event} ${fields?.['from']}`),
    signal: new AbortController().signal,
    mesh: () => ({
      members: () => [...clients.values()].map(({ caller }) => caller),
      client: async peer => clients.get(peer)!
    })
  })
  const action = mesh.action(naming(good.named))
  await attachments.gather({ id: 'a', action })
  const read = await attachments.read(action.operations[0]!)
  assert.deepEqual(read, new Map([[good.named.attachment, good.whole]]))
  assert.deepEqual(told, ['warn no-attachment liar', 'warn no-attachment miser'])
  await attachments.release('a')
  assert.deepEqual(shelf.ids(), [])
})
