import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { databaseOf } from '../../bootstrap-nodes/home.ts'
import { openStore } from '../../bootstrap-nodes/open-store.ts'
import { Documents } from '../../src/store/documents.ts'
import { Watermark } from '../../src/store/watermark.ts'
import { testDirectory } from '../support/directory.ts'
import { testClock } from '../support/mesh.ts'

const open = async (home: string) => {
  const events: string[] = []
  const database = await openStore(
    home,
    new Watermark(home, testClock),
    (_, event) => void events.push(event)
  )
  return { database, events }
}

/** A store that has followed another node, stopped cleanly, with its records in sorted files. */
const filled = async () => {
  const home = testDirectory()
  for (let life = 0; life < 2; life++) {
    const { database } = await open(home)
    const documents = await Documents.open(database, 'here')
    await documents.note({ shelf: 'cursor', key: `node-${life}`, value: new Uint8Array(100) })
    await database.close()
  }
  return home
}

test('a clean stop needs no audit', async () => {
  const home = await filled()
  const { database, events } = await open(home)
  assert.deepEqual(events, [])
  assert.equal((await database.keys('cursor')).length, 2)
  await database.close()
})

test('an unclean stop is audited', async () => {
  const home = await filled()
  const first = await open(home)
  await first.database.closeAsFound()
  const mark = JSON.parse(readFileSync(`${databaseOf(home)}.mark`, 'utf8'))
  delete mark.records
  writeFileSync(`${databaseOf(home)}.mark`, JSON.stringify(mark))
  const { database, events } = await open(home)
  assert.deepEqual(events, ['audited'])
  await database.close()
})

test('where a file can’t be read to its end the store is salvaged and everybody is followed from zero', async () => {
  const home = await filled()
  for (const name of readdirSync(databaseOf(home)).filter(name => name.endsWith('.ldb')))
    writeFileSync(join(databaseOf(home), name), 'this was a sorted file once, but it is not any more')
  const { database, events } = await open(home)
  assert.ok(events.includes('audited'), String(events))
  assert.deepEqual(await database.keys('cursor'), [])
  await database.close()
  const again = await open(home)
  assert.deepEqual(again.events, [], 'once')
  await again.database.close()
})
