import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { audit, isHurt } from '../../../src/store/audit.ts'
import { Database } from '../../../src/store/database.ts'
import { Documents } from '../../../src/store/documents.ts'
import { testDirectory } from '../../support/directory.ts'
import { ACTION, breakRecord, fill, textDocument, textIndex, told } from '../../support/store.ts'

const openIn = (directory: string) => Database.open(join(directory, 'db'))
const options = { indexOf: textIndex }
const SYNC = { sync: true }

/** A store of ten answers and one presence. */
const filled = async (directory: string) => {
  const database = await openIn(directory)
  const documents = await Documents.open(database, 'here')
  const answers = await fill(documents, 10)
  const presence = textDocument('web 3', 'gumshoe/presence/1')
  await documents.put(presence, textIndex(presence))
  return { database, answers, presence }
}

test('a sound store has nothing to mend and keeps its incarnation', async () => {
  const { database } = await filled(testDirectory())
  const { incarnation } = database
  const result = await audit(database, options)
  assert.deepEqual(result, { sound: 11, damaged: [], missing: 0, indexes: 0 })
  assert.equal(isHurt(result), false)
  assert.equal(database.incarnation, incarnation)
  await database.close()
})

test('a damaged document is set aside, and followers start from zero', async () => {
  const { database, answers } = await filled(testDirectory())
  const { incarnation } = database
  const { id } = answers[4]!
  await database.write([{ shelf: 'doc', key: id, value: new Uint8Array(5) }], SYNC)
  const result = await audit(database, options)
  assert.deepEqual(result, { sound: 10, damaged: [id], missing: 0, indexes: 0 })
  assert.notEqual(database.incarnation, incarnation)
  const documents = await Documents.open(database, 'here')
  assert.equal(documents.count, 10)
  assert.deepEqual(documents.missing(), [id])
  assert.equal((await told(documents)).length, 10)
  assert.equal(await documents.put(answers[4]!, textIndex(answers[4]!)), true)
  assert.deepEqual(await audit(database, options), { sound: 11, damaged: [], missing: 0, indexes: 0 })
  await database.close()
})

test('a document that is gone without a trace is counted', async () => {
  const { database, answers } = await filled(testDirectory())
  await database.write([{ shelf: 'doc', key: answers[0]!.id }], SYNC)
  assert.equal((await audit(database, options)).missing, 1)
  assert.equal((await audit(database, options)).missing, 0, 'once told it is mended')
  await database.close()
})

test('records that are fewer than at the last clean stop are told of', async () => {
  const directory = testDirectory()
  const { database, answers } = await filled(directory)
  await database.close()
  // What a damaged list of files does: document, indexes and counter vanish together.
  const hurt = await openIn(directory)
  const keys = (await hurt.keys('about')).filter(key => key.endsWith(answers[9]!.id))
  await hurt.write(
    [
      { shelf: 'doc', key: answers[9]!.id },
      { shelf: 'feed', key: '0000000000000010' },
      { shelf: 'meta', key: 'count' },
      ...keys.map(key => ({ shelf: 'about', key }))
    ],
    SYNC
  )
  await hurt.closeAsFound()
  const again = await openIn(directory)
  assert.equal(again.unclean, false)
  assert.equal(again.lost, 4)
  assert.equal((await audit(again, options)).missing, 4)
  await again.close()
})

for (const [what, shelf, key] of [
  ['the feed', 'feed', '0000000000000003'],
  ['the index of subjects', 'about', undefined],
  ['the index of the latest', 'latest', 'web']
] as const)
  for (const how of ['gone', 'damaged'] as const)
    test(`an entry of ${what} that is ${how} is written again`, async () => {
      const directory = testDirectory()
      const { database: before, answers, presence } = await filled(directory)
      const name = key ?? (await before.keys(shelf))[2]!
      if (how === 'gone') await before.write([{ shelf, key: name }], SYNC)
      await before.close()
      if (how === 'damaged') await breakRecord(join(directory, 'db'), shelf, name)
      const database = await openIn(directory)
      const result = await audit(database, options)
      assert.equal(result.sound, 11)
      assert.ok(result.indexes >= 1)
      const documents = await Documents.open(database, 'here')
      assert.deepEqual((await told(documents)).sort(), [...answers, presence].map(({ id }) => id).sort())
      assert.equal((await documents.about(ACTION, 'gumshoe/answer/1')).length, 10)
      assert.deepEqual(await documents.latest('web'), { counter: 3, id: presence.id })
      assert.equal((await audit(database, options)).indexes, 0)
      await database.close()
    })

test('a dry run changes nothing', async () => {
  const directory = testDirectory()
  const { database, answers } = await filled(directory)
  await database.write([{ shelf: 'doc', key: answers[0]!.id, value: new Uint8Array(5) }], SYNC)
  const { incarnation } = database
  for (let round = 0; round < 2; round++)
    assert.deepEqual((await audit(database, { ...options, dryRun: true })).damaged, [answers[0]!.id])
  assert.deepEqual(await database.keys('aside'), [])
  assert.equal(database.incarnation, incarnation)
  await database.close()
})

test('of two presences of one name that came to be kept the later stays', async () => {
  const { database, answers } = await filled(testDirectory())
  const older = textDocument('web 2', 'gumshoe/presence/1')
  const documents = await Documents.open(database, 'here')
  await documents.put(older, {})
  await database.write([{ shelf: 'doc', key: answers[0]!.id, value: new Uint8Array(5) }], SYNC)
  await audit(database, options)
  const again = await Documents.open(database, 'here')
  assert.equal(await again.has(older.id), false)
  assert.equal((await again.latest('web'))!.counter, 3)
  assert.equal(again.count, 10)
  await database.close()
})
