import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { audit, isHurt } from '../../src/store/audit.ts'
import { Database } from '../../src/store/database.ts'
import { Documents } from '../../src/store/documents.ts'
import { ROOT } from '../source-tree.ts'
import { testDirectory } from '../support/directory.ts'
import { textIndex, told } from '../support/store.ts'

/**
 * A node is killed without warning, again and again, while it keeps what is put to it. Expected: whatever it acknowledged
 * is there, whole, in its index and in its feed; and no sequence of the feed is given twice.
 */
const ROUNDS = 6

/** Lets a writer write, then kills it; resolves to the ids that it acknowledged. */
const killedWriter = (directory: string, round: number): Promise<string[]> =>
  new Promise((done, failed) => {
    const writer = spawn(
      process.execPath,
      [join(ROOT, 'test/support/store-writer.ts'), directory, `round-${round}`],
      { stdio: ['ignore', 'pipe', 'inherit'] }
    )
    let text = ''
    let soon: NodeJS.Timeout | undefined
    writer.stdout.on('data', (chunk: Buffer) => {
      text += chunk
      soon ??= setTimeout(() => writer.kill('SIGKILL'), 20 + 37 * round)
    })
    writer.once('error', failed)
    writer.once('close', (_, signal) => {
      clearTimeout(soon)
      if (signal !== 'SIGKILL') failed(new Error('The writer ended by itself.'))
      // Half a line was not said.
      else done(text.split('\n').slice(0, -1))
    })
  })

test('what was acknowledged before a kill is there after it', async () => {
  const directory = join(testDirectory(), 'db')
  const acknowledged: string[] = []
  let top = 0
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged.push(...(await killedWriter(directory, round)))
    const database = await Database.open(directory)
    assert.equal(database.unclean, true)
    assert.equal(isHurt(await audit(database, { indexOf: textIndex })), false)
    const documents = await Documents.open(database, 'here')
    const inFeed = new Set(await told(documents))
    for (const id of acknowledged) assert.ok((await documents.has(id)) && inFeed.has(id), `round ${round}`)
    assert.ok(documents.cursor.sequence > top)
    top = documents.cursor.sequence
    await database.closeAsFound()
  }
  assert.ok(acknowledged.length > 50, `${acknowledged.length} acknowledged`)
})
