import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { databaseOf, initHome } from '../../../bootstrap-nodes/home.ts'
import { indexOf } from '../../../bootstrap-nodes/index-of.ts'
import { LINES } from '../../../console/views/lines.ts'
import { Database } from '../../../src/store/database.ts'
import { Documents } from '../../../src/store/documents.ts'
import { ROOT } from '../../source-tree.ts'
import { idOf } from '../../support/answers.ts'
import { testDirectory } from '../../support/directory.ts'
import { makeTestMesh } from '../../support/mesh.ts'
import { breakRecord } from '../../support/store.ts'

const audit = (home: string, ...flags: string[]) =>
  new Promise<{ status: number; out: string; said: string }>(done => {
    const launcher = join(ROOT, 'bootstrap-nodes/gumshoe-bootstrap.cjs')
    execFile(process.execPath, [launcher, 'audit', '--home', home, ...flags], (error, out, said) =>
      done({ status: Number(error?.code ?? 0), out, said })
    )
  })

test('an audit tells what is damaged, mends on demand only, and needs a stopped node', async () => {
  const home = join(testDirectory(), 'home')
  initHome(home, { name: 'b1', listen: ['/ip4/127.0.0.1/tcp/0'], announce: [] })
  const mesh = await makeTestMesh()
  const database = await Database.open(databaseOf(home))
  const documents = await Documents.open(database, 'here')
  const actions = [await mesh.signAction({}, 'joe'), await mesh.signAction({}, 'joe')]
  for (const { raw, id } of actions) {
    const kept = { kind: 'gumshoe/action/1', id, parcel: { envelope: raw } }
    await documents.put(kept, indexOf(kept))
  }
  const locked = await audit(home)
  assert.equal(locked.status, 8)
  assert.match(locked.said, /^error\[store-locked\]/)
  await database.close()

  const damaged = idOf(actions[0]!.raw)
  await breakRecord(databaseOf(home), 'doc', damaged)
  for (let round = 0; round < 2; round++) {
    const dry = await audit(home, '--dry-run', '--json')
    assert.equal(dry.status, 0, dry.said)
    const expected = { v: 1, type: 'audit', sound: 1, damaged: [damaged], missing: 0, indexes: 0 }
    assert.deepEqual(LINES.audit.parse(JSON.parse(dry.out)), expected)
  }
  const wet = await audit(home)
  assert.match(wet.out, /^1 document holds; 1 damaged, 0 missing/)
  const after = await audit(home)
  assert.match(after.out, /^1 document holds; 0 damaged, 0 missing, 0 /)
  assert.doesNotMatch(after.out, /next start/)
})

test('there must be a node', async () => {
  const { status, said } = await audit(join(testDirectory(), 'nothing'))
  assert.equal(status, 2)
  assert.match(said, /^error\[no-home\].*\nfix: gumshoe-bootstrap init/)
})
