import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { LIMITS } from '../../../src/limits.ts'
import { AttachmentShelf } from '../../../src/store/attachments.ts'
import { Database } from '../../../src/store/database.ts'
import { testAttachment } from '../../support/attachments.ts'
import { testDirectory } from '../../support/directory.ts'
import { breakRecord } from '../../support/store.ts'

const opened = async (t: TestContext, directory = join(testDirectory(), 'db')) => {
  const database = await Database.open(directory)
  t.after(() => database.close())
  return { directory, database, shelf: await AttachmentShelf.open(database) }
}

test('what is kept is had again by chunks and as a whole, over a restart', async t => {
  const { directory, database, shelf } = await opened(t)
  const { whole, named } = testAttachment()
  assert.equal(shelf.has(named), false)
  assert.equal(await shelf.read(named), undefined)
  await shelf.keep(named, whole)
  await database.close()
  const again = (await opened(t, directory)).shelf
  assert.deepEqual(again.ids(), [named.attachment])
  assert.equal(again.has(named), true)
  assert.deepEqual(await again.read(named), whole)
  assert.deepEqual(await again.chunk(named.attachment, 2 * LIMITS.chunkBytes), whole.subarray(-1))
  for (const offset of [1, 3 * LIMITS.chunkBytes, LIMITS.chunkBytes + 0.5])
    assert.equal(await again.chunk(named.attachment, offset), undefined, String(offset))
})

test('what is removed is gone, and nothing beside it', async t => {
  const { shelf, database } = await opened(t)
  const [one, two] = [testAttachment(1), testAttachment(2)]
  await shelf.keep(one.named, one.whole)
  await shelf.keep(two.named, two.whole)
  await shelf.remove([one.named.attachment, 'ff'.repeat(32)])
  assert.equal(shelf.has(one.named), false)
  assert.deepEqual(await shelf.read(two.named), two.whole)
  assert.equal((await database.keys('attached')).length, 3)
})

test('a damaged record makes it one that is not here, to be had again', async t => {
  const { directory, database, shelf } = await opened(t)
  const { whole, named } = testAttachment()
  await shelf.keep(named, whole)
  await database.close()
  await breakRecord(directory, 'attached', `${named.attachment}-${named.bytes}/001`)
  const again = await opened(t, directory)
  assert.equal(await again.shelf.read(named), undefined)
  assert.equal(again.shelf.has(named), false)
  assert.deepEqual(await again.database.keys('attached'), [])
  await again.shelf.keep(named, whole)
  assert.deepEqual(await again.shelf.read(named), whole)
})

test('other bytes under its name are not handed out', async t => {
  const { shelf } = await opened(t)
  const [one, two] = [testAttachment(1), testAttachment(2)]
  await shelf.keep(one.named, two.whole)
  assert.equal(await shelf.read(one.named), undefined)
  assert.equal(shelf.has(one.named), false)
})
