import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { GumshoeError } from '../../../src/errors.ts'
import type { Cursor, FeedItem, FeedMark } from '../../../src/mesh/sync/ports.ts'
import { Database } from '../../../src/store/database.ts'
import { Documents } from '../../../src/store/documents.ts'
import type { Kept } from '../../../src/store/kept.ts'
import { testDirectory } from '../../support/directory.ts'
import { ACTION, fill, textDocument, textIndex, told } from '../../support/store.ts'

const openIn = async (directory: string) => {
  const database = await Database.open(join(directory, 'db'))
  return { database, documents: await Documents.open(database, 'here') }
}

const never = new AbortController().signal

test('a document is kept once, whoever else brings it at the same moment', async () => {
  const { database, documents } = await openIn(testDirectory())
  const kept = textDocument('one', undefined, new Uint8Array([7]))
  const news = await Promise.all([1, 2, 3, 4].map(() => documents.put(kept, textIndex(kept))))
  assert.deepEqual(news.sort(), [false, false, false, true])
  assert.equal(documents.count, 1)
  assert.deepEqual(await documents.get(kept.id), kept)
  assert.deepEqual(await told(documents), [kept.id])
  await database.close()
})

test('many puts at once cost few synced writes', async () => {
  const { database, documents } = await openIn(testDirectory())
  let writes = 0
  const write = database.write.bind(database)
  database.write = (...what) => {
    writes++
    return write(...what)
  }
  await fill(documents, 500)
  assert.ok(writes < 50, `${writes} writes for 500 documents`)
  assert.equal(documents.count, 500)
  await database.close()
})

test('of a name only the latest is kept, in whatever order they come', async () => {
  const { database, documents } = await openIn(testDirectory())
  const presences = [4, 6, 5, 9, 8].map(n => textDocument(`web ${n}`, 'gumshoe/presence/1'))
  await Promise.all(presences.map(kept => documents.put(kept, textIndex(kept))))
  assert.equal(documents.count, 1)
  assert.deepEqual(await documents.latest('web'), { counter: 9, id: presences[3]!.id })
  assert.equal(await documents.put(presences[0]!, textIndex(presences[0]!)), false)
  assert.deepEqual(await told(documents), [presences[3]!.id])
  await database.close()
})

test('what concerns a subject is found by kind and place, with its size', async () => {
  const { database, documents } = await openIn(testDirectory())
  for (const [place, text] of [
    ['a/o1/0', 'first'],
    ['a/o1/1', 'second'],
    ['b/o1/0', 'third']
  ] as const)
    await documents.put(textDocument(text), {
      action: ACTION,
      place,
      also: [{ subject: 'chain:x', place: text }]
    })
  const places = async (place?: string, last?: number) =>
    (
      await documents.about(ACTION, 'gumshoe/answer/1', {
        ...(place !== undefined && { place }),
        ...(last !== undefined && { last })
      })
    ).map(found => found.place)
  assert.deepEqual(await places(), ['a/o1/0', 'a/o1/1', 'b/o1/0'])
  assert.deepEqual(await places('a/'), ['a/o1/0', 'a/o1/1'])
  assert.deepEqual(await places(undefined, 2), ['a/o1/1', 'b/o1/0'])
  const [first] = await documents.about(ACTION, 'gumshoe/answer/1')
  assert.equal(first!.bytes, textDocument('first').parcel.envelope.length)
  assert.equal((await documents.about('chain:x', 'gumshoe/answer/1')).length, 3)
  assert.deepEqual(await documents.about(ACTION, 'gumshoe/cancel/1'), [])
  await database.close()
})

test('a follower gets the past, a mark, then the news, and resumes where it stood', async () => {
  const directory = testDirectory()
  const { database, documents } = await openIn(directory)
  // One after another: what is put at the same moment has no order.
  const past = [
    ...(await fill(documents, 1, 'a')),
    ...(await fill(documents, 1, 'b')),
    ...(await fill(documents, 1, 'c'))
  ]
  const stop = new AbortController()
  const seen: (FeedItem | FeedMark)[] = []
  const following = (async () => {
    for await (const item of documents.follow({}, [], stop.signal)) {
      seen.push(item)
      if (seen.length === 4) void fill(documents, 2, 'news')
      if (seen.length === 6) stop.abort()
    }
  })()
  await following
  assert.equal(seen.length, 6)
  assert.deepEqual(
    seen.slice(0, 3).map(item => [(item as FeedItem).id, (item as FeedItem).live]),
    past.map(({ id }) => [id, false])
  )
  assert.ok('caughtUp' in seen[3]!)
  assert.equal((seen[4] as FeedItem).live, true)
  const cursor = seen[4]!.cursor
  const rest = async (from: Cursor) => {
    let count = 0
    for await (const item of documents.follow({ untilNow: true }, [from], never))
      if (!('caughtUp' in item)) count++
    return count
  }
  assert.equal(await rest(cursor), 1)
  assert.equal(await rest({ ...cursor, incarnation: 'another' }), 5, 'another incarnation starts from zero')
  assert.equal(await rest({ ...cursor, node: 'there' }), 5)
  assert.equal(await rest({ ...cursor, sequence: 99 }), 5, 'a cursor ahead of the store starts from zero')
  await database.close()
})

test('a follower may ask for kinds and for one action', async () => {
  const { database, documents } = await openIn(testDirectory())
  await fill(documents, 2)
  const other = textDocument('other', 'gumshoe/cancel/1')
  await documents.put(other, { action: 'ff'.repeat(32) })
  const ids = async (filter: object) => {
    const found: string[] = []
    for await (const item of documents.follow({ ...filter, untilNow: true }, [], never))
      if (!('caughtUp' in item)) found.push((item as FeedItem).id)
    return found
  }
  assert.deepEqual(await ids({ kinds: ['gumshoe/cancel/1'] }), [other.id])
  assert.equal((await ids({ action: ACTION })).length, 2)
  await database.close()
})

test('a feed longer than one page comes whole', async () => {
  const { database, documents } = await openIn(testDirectory())
  await fill(documents, 1_203)
  assert.equal(new Set(await told(documents)).size, 1_203)
  await database.close()
})

test('more signatures on a kept document are news, and no second document', async () => {
  const { database, documents } = await openIn(testDirectory())
  const kept = textDocument('one')
  await documents.put(kept, textIndex(kept))
  const cursor = documents.cursor
  const body = new Uint8Array([1])
  await documents.replace({ ...kept, parcel: { ...kept.parcel, body } }, ACTION)
  assert.equal(documents.count, 1)
  const news: string[] = []
  for await (const item of documents.follow({ untilNow: true }, [cursor], never))
    if (!('caughtUp' in item)) news.push((item as FeedItem).id)
  assert.deepEqual(news, [kept.id])
  assert.deepEqual((await documents.get(kept.id))!.parcel.body, body)
  await database.close()
})

test('an action is forgotten with all that concerns it, and nothing else', async () => {
  const { database, documents } = await openIn(testDirectory())
  const answers = await fill(documents, 5)
  const other = textDocument('other')
  await documents.put(other, { action: 'ff'.repeat(32), place: 'x/' })
  assert.equal(await documents.forget(ACTION), 5)
  assert.equal(documents.count, 1)
  assert.equal(await documents.has(answers[0]!.id), false)
  assert.deepEqual(await told(documents), [other.id])
  assert.equal(await documents.sweep(never), 5)
  assert.deepEqual(await database.keys('feed'), ['0000000000000006'])
  await database.close()
})

test('a damaged document counts as missing when it is met, and can be put again', async () => {
  const directory = testDirectory()
  const before = await openIn(directory)
  const [first, second] = await fill(before.documents, 2)
  await before.database.close()
  const { database, documents } = await openIn(directory)
  // Another document's record under this id: what a flip in an index block of LevelDB can do.
  const record = await database.get('doc', second!.id)
  await database.write([{ shelf: 'doc', key: first!.id, value: record! }], { sync: true })
  assert.equal(await documents.get(first!.id), undefined)
  assert.deepEqual(documents.missing(), [first!.id])
  assert.equal(documents.count, 1)
  await database.close()
  const again = await openIn(directory)
  assert.deepEqual(again.documents.missing(), [first!.id], 'over a restart')
  assert.equal(await again.documents.put(first!, textIndex(first!)), true)
  assert.deepEqual(await again.documents.get(first!.id), first)
  assert.deepEqual(again.documents.missing(), [])
  assert.equal(again.documents.count, 2)
  await again.database.close()
})

test('the background look finds what nobody asks for', async () => {
  const { database, documents } = await openIn(testDirectory())
  const [first] = await fill(documents, 2)
  await database.write([{ shelf: 'doc', key: first!.id, value: new Uint8Array(9) }], { sync: true })
  await documents.scrub(never)
  assert.deepEqual(documents.missing(), [first!.id])
  await database.close()
})

test('chaos disk: a batch that failed, and is on the disk all the same, is told of and counted', async () => {
  const { database, documents } = await openIn(testDirectory())
  const [first, second] = ['one', 'two'].map(name => textDocument(name)) as [Kept, Kept]
  const write = database.write.bind(database)
  // A sync that fails says nothing of what reached the log before it.
  database.write = async (...what) => {
    await write(...what)
    database.write = write
    throw new GumshoeError('store-damaged', 'The sync failed.')
  }
  await assert.rejects(documents.put(first, textIndex(first)), { code: 'store-damaged' })
  assert.equal(await documents.put(second, textIndex(second)), true)
  assert.deepEqual((await told(documents)).sort(), [first.id, second.id].sort())
  assert.equal(documents.count, 2)
  await database.close()
})
