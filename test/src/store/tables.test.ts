import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { crc32c } from '../../../src/store/crc32c.ts'
import { Database } from '../../../src/store/database.ts'
import { unsnap } from '../../../src/store/snappy.ts'
import { damagedTables, holds } from '../../../src/store/tables.ts'
import { testDirectory } from '../../support/directory.ts'

const SYNC = { sync: true }
const LIVES = 4
const RECORDS = 60

/** A store with a table of each of its lives; every second value can't be packed. */
const filled = async (): Promise<string> => {
  const place = join(testDirectory(), 'db')
  for (let life = 0; life < LIVES; life++) {
    const database = await Database.open(place)
    const writes = Array.from({ length: RECORDS }, (_, i) => {
      const value = new Uint8Array(1_000).fill(i)
      if (i % 2 === 0) crypto.getRandomValues(value)
      return { shelf: 'a', key: `${life}-${i}`, value }
    })
    await database.write(writes, SYNC)
    await database.close()
  }
  // The log of the last life becomes a table.
  await (await Database.open(place)).close()
  return place
}

const tablesOf = (place: string): string[] =>
  readdirSync(place)
    .filter(name => name.endsWith('.ldb'))
    .sort()

const leaveOpen = (place: string): void => {
  const { records, ...mark } = JSON.parse(readFileSync(`${place}.mark`, 'utf8'))
  assert.equal(records, LIVES * RECORDS)
  writeFileSync(`${place}.mark`, JSON.stringify(mark))
}

const hurt = (place: string, name: string): void => {
  const bytes = readFileSync(join(place, name))
  for (let at = 2_000; at < 2_016; at++) bytes[at]! ^= 0x5a
  writeFileSync(join(place, name), bytes)
}

test('CRC-32C, by the vectors of RFC 3720', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa)
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e)
  assert.equal(crc32c(new Uint8Array()), 0)
})

test('Snappy: literals and copies of each kind, and what is none ends in an error', () => {
  // 'ab' as it is, then 6 bytes from 2 before, then 4 from 8 before, with 2 and with 4 bytes of distance.
  const packed = Uint8Array.from([
    17,
    4,
    97,
    98,
    (2 << 2) | 1,
    2,
    (3 << 2) | 2,
    8,
    0,
    (3 << 2) | 3,
    8,
    0,
    0,
    0,
    0,
    99
  ])
  assert.equal(Buffer.from(unsnap(packed, 100)).toString(), `${'ab'.repeat(8)}c`)
  assert.throws(() => unsnap(packed, 16))
  for (let end = 0; end < packed.length; end++) assert.throws(() => unsnap(packed.subarray(0, end), 100))
  assert.throws(() => unsnap(Uint8Array.from([4, (0 << 2) | 1, 1]), 100))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
      try {
        assert.ok(unsnap(bytes, 1_000).length <= 1_000)
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof assert.AssertionError))
      }
    })
  )
})

test('a table of LevelDB holds, and not with any of its bytes changed or missing', async () => {
  const place = await filled()
  const names = tablesOf(place)
  assert.ok(names.length > 0)
  assert.deepEqual(await damagedTables(place), [])
  const whole = readFileSync(join(place, names[0]!))
  // The last but the magic number is padding.
  const places = fc.nat(whole.length - 1).filter(at => at < whole.length - 48 || at >= whole.length - 8)
  fc.assert(
    fc.property(places, fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = Buffer.from(whole)
      bytes[at]! ^= change
      assert.equal(holds(bytes), false)
    }),
    { numRuns: 300 }
  )
  for (const end of [0, 1, 47, 48, 100, whole.length - 49, whole.length - 1])
    assert.equal(holds(whole.subarray(0, end)), false)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), tail => !holds(Buffer.concat([tail, whole.subarray(-48)])))
  )
})

test('a damaged table of a store that was not closed is set aside before LevelDB opens it, and the rest is kept', async () => {
  const place = await filled()
  const [name] = tablesOf(place)
  hurt(place, name!)
  leaveOpen(place)
  await assert.rejects(Database.open(place), { code: 'store-damaged', message: new RegExp(name!) })
  assert.ok(existsSync(join(place, name!)), 'who only looks moves nothing')
  const { database, aside, tables } = await Database.openOrSetAside(place)
  assert.equal(aside, undefined)
  assert.deepEqual(tables!.names, [name])
  assert.ok(existsSync(join(tables!.to, name!)) && !existsSync(join(place, name!)))
  assert.ok(database.unclean && database.lost > 0, 'it is told that something is gone')
  const kept = await database.keys('a')
  assert.ok(kept.length > 0 && kept.length < LIVES * RECORDS, `${kept.length} kept`)
  for (const key of kept) assert.equal((await database.get('a', key))?.length, 1_000)
  await database.close()
  const again = await Database.openOrSetAside(place)
  assert.deepEqual([again.tables, again.database.lost], [undefined, 0])
  await again.database.close()
})

test('nobody moves the tables of a store that another has open', async () => {
  const place = await filled()
  const database = await Database.open(place)
  const [name] = tablesOf(place)
  hurt(place, name!)
  await assert.rejects(Database.open(place), { code: 'store-locked' })
  await assert.rejects(Database.openOrSetAside(place), { code: 'store-locked' })
  await assert.rejects(Database.salvage(place), { code: 'store-locked' })
  assert.ok(existsSync(join(place, name!)))
  await database.close()
})
