import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Database } from '../../../src/store/database.ts'
import { STORE_VERSION } from '../../../src/store/mark.ts'
import { testDirectory } from '../../support/directory.ts'

const bytes = (...values: number[]) => new Uint8Array(values)
const SYNC = { sync: true }

const entriesOf = async (database: Database, shelf: string, range = {}) => {
  const found: [string, number[] | undefined][] = []
  for await (const { key, value } of database.entries(shelf, range)) found.push([key, value && [...value]])
  return found
}

test('shelves hold texts in order, in one batch, over a restart', async () => {
  const place = join(testDirectory(), 'db')
  const first = await Database.open(place)
  assert.equal(first.unclean, false)
  await first.write(
    [
      { shelf: 'b', key: '2', value: bytes(2) },
      { shelf: 'a', key: '1', value: bytes(1) },
      { shelf: 'a', key: '3', value: bytes(3) },
      { shelf: 'a', key: '2', value: bytes(2) }
    ],
    SYNC
  )
  await first.write([{ shelf: 'a', key: '3' }], SYNC)
  await first.close()
  const again = await Database.open(place)
  assert.equal(again.unclean, false)
  assert.equal(again.lost, 0)
  assert.equal(again.incarnation, first.incarnation)
  assert.deepEqual(await entriesOf(again, 'a'), [
    ['1', [1]],
    ['2', [2]]
  ])
  assert.deepEqual(await entriesOf(again, 'a', { from: '2' }), [['2', [2]]])
  assert.deepEqual(await entriesOf(again, 'a', { to: '2' }), [['1', [1]]])
  assert.deepEqual(await entriesOf(again, 'a', { reverse: true, limit: 1 }), [['2', [2]]])
  assert.deepEqual(await again.keys('b'), ['2'])
  assert.deepEqual(await again.get('a', '1'), bytes(1))
  assert.equal(await again.get('a', '9'), undefined)
  await again.close()
})

test('a second process is refused, and the first goes on', async () => {
  const place = join(testDirectory(), 'db')
  const first = await Database.open(place)
  await assert.rejects(Database.open(place), { code: 'store-locked' })
  await first.write([{ shelf: 'a', key: '1', value: bytes(1) }], SYNC)
  await first.close()
})

test('a store of a newer layout is refused untouched', async () => {
  const place = join(testDirectory(), 'db')
  await (await Database.open(place)).close()
  const mark = JSON.stringify({ version: STORE_VERSION + 1, incarnation: 'aa', records: 0 })
  writeFileSync(`${place}.mark`, mark)
  await assert.rejects(Database.openOrSetAside(place), { code: 'store-newer' })
  assert.equal(readFileSync(`${place}.mark`, 'utf8'), mark)
})

test('a stop without close is seen at the next start', async () => {
  const directory = testDirectory()
  const place = join(directory, 'db')
  const database = await Database.open(place)
  await database.close()
  const mark = JSON.parse(readFileSync(`${place}.mark`, 'utf8'))
  writeFileSync(`${place}.mark`, JSON.stringify({ version: mark.version, incarnation: mark.incarnation }))
  const again = await Database.open(place)
  assert.equal(again.unclean, true)
  await again.closeAsFound()
  const third = await Database.open(place)
  assert.equal(third.unclean, true, 'who only looked has mended nothing')
  await third.close()
  const fourth = await Database.open(place)
  assert.equal(fourth.unclean, false)
  await fourth.close()
})

const ONE = { shelf: 'a', key: '1', value: bytes(1) }

for (const [what, hurt] of [
  ['CURRENT is deleted', (place: string) => rmSync(join(place, 'CURRENT'))],
  [
    'the list of files is garbage',
    (place: string) => writeFileSync(join(place, 'CURRENT'), 'MANIFEST-999999\n')
  ],
  ['the mark is garbage', (place: string) => writeFileSync(`${place}.mark`, '{"version":')]
] as const)
  test(`no empty store takes the place of one of which ${what}: it is salvaged, and says so`, async () => {
    const place = join(testDirectory(), 'db')
    const first = await Database.open(place)
    await first.write([ONE], SYNC)
    await first.close()
    hurt(place)
    await assert.rejects(Database.open(place), { code: 'store-damaged' })
    const { database, aside } = await Database.openOrSetAside(place)
    assert.equal(aside, undefined)
    assert.equal(database.unclean, true)
    assert.ok(database.lost > 0)
    assert.notEqual(database.incarnation, first.incarnation)
    assert.deepEqual(await database.keys('a'), ['1'])
    await database.close()
  })

test('a store that is gone is not made anew in silence', async () => {
  const directory = testDirectory()
  const place = join(directory, 'db')
  const first = await Database.open(place)
  await first.write([ONE], SYNC)
  await first.close()
  rmSync(place, { recursive: true })
  await assert.rejects(Database.open(place), { code: 'store-damaged' })
  const { database } = await Database.openOrSetAside(place)
  assert.ok(database.lost > 0)
  assert.notEqual(database.incarnation, first.incarnation)
  assert.deepEqual(await database.keys('a'), [])
  await database.close()
})

test('a store that nothing can be read of is moved aside, with its mark', async () => {
  const directory = testDirectory()
  const place = join(directory, 'db')
  const first = await Database.open(place)
  await first.write([ONE], SYNC)
  await first.close()
  rmSync(place, { recursive: true })
  writeFileSync(place, 'this is no directory')
  const { database, aside } = await Database.openOrSetAside(place)
  assert.ok(aside?.startsWith(`${place}.damaged-`))
  assert.deepEqual(await database.keys('a'), [])
  await database.close()
  assert.ok(readdirSync(directory).some(name => name.startsWith('db.damaged-') && name.endsWith('.mark')))
})

test('a record whose key is damaged can be seen and removed', async () => {
  const place = join(testDirectory(), 'db')
  const database = await Database.open(place)
  const odd = 'a\xff\xfe\x80'
  await database.write([{ shelf: 'a', key: odd, value: bytes(1) }, ONE], SYNC)
  assert.deepEqual(await database.keys('a'), ['1', odd])
  await database.write([{ shelf: 'a', key: odd }], SYNC)
  assert.deepEqual(await database.keys('a'), ['1'])
  await assert.rejects(database.write([{ shelf: 'a', key: '€', value: bytes(1) }], SYNC))
  await database.write([{ shelf: 'a', key: '2', value: bytes(1) }], SYNC)
  await database.close()
})
