import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Database } from '../src/store/database.ts'
import { Documents } from '../src/store/documents.ts'
import { STORE_NODE, STORE_V1, storedDocuments } from './make-store.ts'

/** A store that the first version wrote, committed as it lay on the disk, opens for ever: documents, indexes, feed and counters. */
test('the store of layout 1 opens, holds its documents, and feeds them in order', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-store-'))
  try {
    cpSync(STORE_V1, directory, { recursive: true })
    const database = await Database.open(join(directory, 'db'))
    assert.equal(database.unclean, false)
    const documents = await Documents.open(database, STORE_NODE)
    const wanted = storedDocuments()
    assert.equal(documents.count, wanted.length)
    for (const { id, kind, parcel } of wanted) {
      const kept = await documents.get(id)
      assert.equal(kept?.kind, kind)
      assert.deepEqual(kept.parcel.envelope, parcel.envelope)
    }
    const fed: string[] = []
    for await (const item of documents.follow({ untilNow: true }, [], new AbortController().signal))
      if (!('caughtUp' in item)) fed.push(item.id)
    assert.deepEqual(
      fed,
      wanted.map(({ id }) => id)
    )
    await database.close()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
