import assert from 'node:assert/strict'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Database } from '../../../src/store/database.ts'
import { repairLevel } from '../../../src/store/level.ts'
import { readMark, writeMark } from '../../../src/store/mark.ts'
import { testDirectory } from '../../support/directory.ts'

const VALUE = new Uint8Array([1])

/** A store as a process leaves it that is killed in LevelDB's repair: the log is a table now, which no list of files names. */
const halfRepaired = async (): Promise<string> => {
  const place = join(testDirectory(), 'db')
  const database = await Database.open(place)
  await database.write([{ shelf: 'a', key: '1', value: VALUE }], { sync: true })
  const [killed, repaired] = [`${place}-killed`, `${place}-repaired`]
  for (const copy of [killed, repaired]) cpSync(place, copy, { recursive: true })
  cpSync(`${place}.mark`, `${killed}.mark`)
  await database.close()
  await repairLevel(repaired)
  for (const name of readdirSync(repaired))
    if (name.endsWith('.ldb')) cpSync(join(repaired, name), join(killed, name))
  for (const name of readdirSync(killed)) if (name.endsWith('.log')) rmSync(join(killed, name))
  return killed
}

test('chaos kill: a repair that was killed is done again, and loses nothing', async () => {
  const place = await halfRepaired()
  writeMark(place, { ...readMark(place)!, repairing: true })
  const { database, aside } = await Database.openOrSetAside(place)
  assert.equal(aside, undefined)
  assert.equal(database.lost, 1)
  assert.deepEqual(await database.get('a', '1'), VALUE)
  assert.equal(readMark(place)?.repairing, undefined)
  await database.close()
})

test('without that, LevelDB throws away what it repaired', async () => {
  const { database } = await Database.openOrSetAside(await halfRepaired())
  assert.equal(await database.get('a', '1'), undefined)
  await database.close()
})
