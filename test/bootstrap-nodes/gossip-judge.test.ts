import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { topicName } from '../../src/mesh/mesh.ts'
import { makePresence } from '../support/answers.ts'
import { testKeeper } from '../support/keeper.ts'
import { HOUR, makePerson, makeTestMesh, NOW, signedBy, type TestMesh } from '../support/mesh.ts'

let mesh: TestMesh
before(async () => {
  mesh = await makeTestMesh()
})

const on = (tag: string) => topicName(mesh.mesh, tag)

test('a true action is kept and passes; the same bytes again on the same topic do not', async t => {
  const { judge, documents, open } = await testKeeper(t, mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  assert.equal(await judge.judge(on('all'), raw), 'accept')
  assert.ok(await documents.has(id))
  assert.deepEqual(open.compare([], [], NOW).missing, [id], 'catch-up has it too')
  assert.equal(await judge.judge(on('all'), raw), 'ignore')
})

test('an action of two conjuncts passes once on each topic, also when both come at the same moment', async t => {
  const { judge } = await testKeeper(t, mesh)
  const { raw } = await mesh.signAction({ target: 'role=web or env=prod' }, 'joe')
  const together = await Promise.all([judge.judge(on('role=web'), raw), judge.judge(on('env=prod'), raw)])
  assert.deepEqual(together, ['accept', 'accept'])
  for (const tag of ['role=web', 'env=prod', 'role=db'])
    assert.equal(await judge.judge(on(tag), raw), 'ignore', tag)
})

test('a copy with one more signature of a kept action goes nowhere', async t => {
  const { judge, keeper } = await testKeeper(t, mesh)
  const { raw } = await mesh.signAction({ target: 'role=web or env=prod' }, 'joe')
  await keeper.put('console', { envelope: raw })
  const { bytes, signatures } = decodeEnvelope(raw)
  const altered = encodeEnvelope({ bytes, signatures: [...signatures, signatures[0]!] })
  for (const tag of ['role=web', 'env=prod']) assert.equal(await judge.judge(on(tag), altered), 'ignore')
  for (const tag of ['role=web', 'env=prod']) assert.equal(await judge.judge(on(tag), raw), 'accept')
})

test('a broken copy that comes first shadows nothing', async t => {
  const { judge, documents } = await testKeeper(t, mesh)
  const { raw, id } = await mesh.signAction({}, 'joe')
  const { bytes, signatures } = decodeEnvelope(raw)
  const bent = signatures[0]!.slice()
  bent[bent.length - 1]! ^= 1
  assert.notEqual(await judge.judge(on('all'), encodeEnvelope({ bytes, signatures: [bent] })), 'accept')
  assert.equal(await documents.has(id), false)
  assert.equal(await judge.judge(on('all'), raw), 'accept')
})

test('below quorum, a stranger’s, and an expired one are ignored: the forwarder may know another charter or time', async t => {
  const { judge, documents, time } = await testKeeper(t, mesh)
  const below = await mesh.signAction({ disclosure: 'clear' }, 'joe')
  assert.equal(await judge.judge(on('all'), below.raw), 'ignore')
  const { raw } = await mesh.signAction({}, 'joe')
  const { bytes } = decodeEnvelope(raw)
  assert.equal(await judge.judge(on('all'), await signedBy(bytes, await makePerson('mallory'))), 'ignore')
  time.now += 2 * HOUR
  assert.equal(await judge.judge(on('all'), raw), 'ignore')
  assert.equal(documents.count, 0)
})

test('garbage, another mesh and documents that are never gossiped cost the forwarder', async t => {
  const { judge } = await testKeeper(t, mesh)
  const other = await makeTestMesh()
  const { raw } = await other.signAction({}, 'joe')
  assert.equal(await judge.judge(on('all'), new Uint8Array([1, 2, 3])), 'reject')
  assert.equal(await judge.judge(on('all'), raw), 'reject')
  assert.equal(await judge.judge(on('all'), await other.signCancel('ab'.repeat(32), 'joe')), 'reject')
  assert.equal(
    await judge.judge(on('all'), makePresence(mesh, await mesh.enrol(), 1).parcel.envelope),
    'reject'
  )
})

test('a document of a kind that a newer version may know costs nobody', async t => {
  const { judge } = await testKeeper(t, mesh)
  const bytes = new TextEncoder().encode('{"kind":"gumshoe/action/3"}')
  const raw = encodeEnvelope({ bytes, signatures: [new Uint8Array(64)] })
  assert.equal(await judge.judge(on('all'), raw), 'ignore')
})

test('a cancel passes once; a charter passes and is taken', async t => {
  const own = await makeTestMesh()
  const { judge, charters, open } = await testKeeper(t, own)
  const cancel = await own.signCancel('ab'.repeat(32), 'joe')
  assert.equal(await judge.judge(on('all'), cancel), 'accept')
  assert.equal(await judge.judge(on('all'), cancel), 'ignore')
  assert.equal(open.compare([], [], NOW).cancels.length, 1)
  assert.equal(await judge.judge(on('all'), await own.nextCharter()), 'accept')
  assert.equal(charters.length, 1)
})

test('what could not be written is not passed on, and is judged anew when it comes again', async t => {
  const { judge, database } = await testKeeper(t, mesh)
  const { raw } = await mesh.signAction({}, 'joe')
  const { write } = database
  database.write = async () => {
    throw new Error('EIO')
  }
  assert.equal(await judge.judge(on('all'), raw), 'ignore')
  database.write = write
  assert.equal(await judge.judge(on('all'), raw), 'accept')
})
