import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Database } from '../../../src/store/database.ts'
import { trialOf } from '../../../src/store/trial.ts'
import { testDirectory } from '../../support/directory.ts'
import { eventually } from '../../support/members.ts'

const SYNC = { sync: true }
const record = { shelf: 'a', key: '1', value: new Uint8Array([1]) }

const filled = async (): Promise<string> => {
  const place = join(testDirectory(), 'db')
  const database = await Database.open(place)
  await database.write([record], SYNC)
  await database.close()
  return place
}

test('chaos store: a store whose opening ended five processes in a row is set aside, whole', async () => {
  const place = await filled()
  writeFileSync(trialOf(place), '5')
  const { database, aside } = await Database.openOrSetAside(place)
  assert.ok(aside && existsSync(aside))
  assert.equal(await database.get('a', '1'), undefined)
  await database.close()
  assert.equal(existsSync(trialOf(place)), false)
  const again = await Database.openOrSetAside(place)
  assert.equal(again.aside, undefined)
  await again.database.close()
})

test('an opening counts until it has been outlived, or closed', async () => {
  const place = await filled()
  writeFileSync(trialOf(place), '1')
  const database = await Database.open(place)
  assert.equal(readFileSync(trialOf(place), 'utf8'), '2')
  await eventually('it was outlived', () => !existsSync(trialOf(place)))
  await database.close()
  writeFileSync(trialOf(place), '4')
  await (await Database.open(place)).close()
  assert.equal(existsSync(trialOf(place)), false)
})

test('chaos kill: who dies within a second of each start keeps a store that is not the cause', async () => {
  const place = await filled()
  for (const deaths of [2, 3, 4]) {
    writeFileSync(trialOf(place), String(deaths))
    const { database, aside } = await Database.openOrSetAside(place)
    // It was merged as a whole: whatever comes from here on is not the store's doing.
    assert.equal(existsSync(trialOf(place)), false)
    assert.equal(aside, undefined)
    assert.deepEqual(await database.get('a', '1'), record.value)
    await database.close()
  }
})

test('a second process that finds it locked leaves the count as it was', async () => {
  const place = await filled()
  const database = await Database.open(place)
  await eventually('it was outlived', () => !existsSync(trialOf(place)))
  await assert.rejects(Database.open(place), { code: 'store-locked' })
  assert.equal(existsSync(trialOf(place)), false)
  await database.close()
})
